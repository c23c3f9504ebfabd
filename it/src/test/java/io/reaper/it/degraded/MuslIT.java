package io.reaper.it.degraded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.NeedsAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether the loader of musl, the C library of Alpine Linux, would load the native part. It takes a
 * JVM that was built for musl to run it.
 */
@NeedsAgent
class MuslIT {
  /** Debian's package musl has it; {@code --list} finds each function that a library needs. */
  private static final Path LOADER = Path.of("/lib/ld-musl-x86_64.so.1");

  private static final String NATIVE_PART = "META-INF/reaper/jni/x86_64-Linux/libjffi-1.2.so";

  @BeforeEach
  void assumeMusl() {
    assumeThat(LOADER).exists();
  }

  @Test
  void nativePartNeedsNothingThatMuslLacks(@TempDir Path dir) throws Exception {
    Path library = dir.resolve("libjffi.so");
    try (ZipFile jar = new ZipFile(Launch.agentJar().toFile())) {
      Files.copy(jar.getInputStream(jar.getEntry(NATIVE_PART)), library);
    }
    assertThat(errorsOf(library)).isEmpty();
  }

  @Test
  void libraryOfJvmForGlibcNeedsMore() {
    Path library = Jdk.tested().get(0).home().resolve("lib/server/libjvm.so");
    assertThat(errorsOf(library)).contains("symbol not found");
  }

  private static String errorsOf(Path library) {
    List<String> list = List.of("--list", library.toString());
    try (Worker loader = Launch.on(Jdk.tested().get(0)).start(LOADER, list)) {
      loader.waitFor(60);
      return loader.stderr();
    }
  }
}
