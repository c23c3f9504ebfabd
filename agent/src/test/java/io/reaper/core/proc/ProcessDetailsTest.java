package io.reaper.core.proc;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ProcessDetailsTest {
  private static final int PARENT = 42;
  private static final int CHILD = 100;

  @TempDir private Path root;

  @Test
  @Timeout(60)
  void memoryThatHasChangedAndChangedBackWithinALookMayBeShared() throws Exception {
    FakeProc fake = new FakeProc(root);
    for (int pid : new int[] {PARENT, CHILD}) {
      fake.write(pid + "/cmdline", "java -cp a").write(pid + "/statm", "900 80");
    }
    Thread writer = firstToBeRead(root.resolve(CHILD + "/statm"), "901 80");
    ProcFs proc = fake.reader();
    assertThat(proc.details(CHILD).mayShareMemoryWith(proc.details(PARENT))).isTrue();
    writer.join();
  }

  /** Has the first that opens the file read that, and all later ones what is in it now. */
  private Thread firstToBeRead(Path file, String text) throws Exception {
    Path later = Files.move(file, root.resolve("later"));
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
    Thread writer =
        new Thread(
            () -> {
              try (OutputStream out = Files.newOutputStream(file)) {
                Files.move(later, file, REPLACE_EXISTING);
                out.write(text.getBytes(StandardCharsets.US_ASCII));
              } catch (IOException refused) {
                throw new UncheckedIOException(refused);
              }
            });
    writer.setDaemon(true);
    writer.start();
    return writer;
  }
}
