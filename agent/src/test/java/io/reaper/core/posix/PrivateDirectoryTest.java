package io.reaper.core.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateDirectoryTest {
  private static final int NOBODY = 65534;

  @TempDir private Path temporary;

  private Path place;

  @BeforeEach
  void aPlace() {
    place = temporary.resolve("reaper");
  }

  private void isRefused(String reason) {
    assertThatThrownBy(() -> PrivateDirectory.open(place.toFile()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  private static void giveAway(Path path) throws IOException {
    assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(path, "unix:uid")), "only root can");
    Files.setAttribute(path, "unix:uid", NOBODY);
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void directoryIsMadeForTheUserAlone() throws IOException {
    PrivateDirectory.open(place.toFile());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place)))
        .isEqualTo("rwx------");
    PrivateDirectory.open(place.toFile());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwx---", "rwx---rwx", "rwx--x---", "rwx-----x", "rwx---r--"})
  void directoryThatOthersCanEnterIsRefused(String mode) throws IOException {
    Files.createDirectory(place);
    mode(place, mode);
    isRefused("not 700");
  }

  @Test
  void linkIsRefusedWhereverItLeads() throws IOException {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    mode(elsewhere, "rwx------");
    Files.createSymbolicLink(place, elsewhere);
    isRefused("no directory, or a link");
  }

  @Test
  void linkIntoNothingIsRefusedAndNothingIsMadeThere() throws IOException {
    Files.createSymbolicLink(place, temporary.resolve("nothing"));
    isRefused("no directory, or a link");
    assertThat(temporary.resolve("nothing")).doesNotExist();
  }

  @Test
  void fileInItsPlaceIsRefused() throws IOException {
    Files.createFile(place);
    isRefused("no directory");
  }

  @Test
  void directoryOfAnotherUserIsRefused() throws IOException {
    Files.createDirectory(place);
    mode(place, "rwx------");
    giveAway(place);
    isRefused("belongs to user " + NOBODY);
  }

  @Test
  void severalWorkersMayMakeItInTheSameInstant() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    for (int round = 0; round < 500; round++) {
      File fresh = temporary.resolve("round-" + round).toFile();
      AtomicInteger ready = new AtomicInteger();
      Callable<Path> open =
          () -> {
            for (ready.incrementAndGet(); ready.get() < 2; ) {
              Thread.onSpinWait();
            }
            return PrivateDirectory.open(fresh);
          };
      Future<Path> opened = other.submit(open);
      assertThat(open.call()).isEqualTo(fresh.toPath());
      assertThat(opened.get()).isEqualTo(fresh.toPath());
    }
    other.shutdown();
  }

  @Test
  void usualPlaceIsTheUsersOwn() {
    assertThat(PrivateDirectory.usual(java.util.Map.of()).getName()).startsWith("reaper-agent");
    assertThat(PrivateDirectory.below("/tmp").getPath())
        .isEqualTo("/tmp/reaper-agent_" + System.getProperty("user.name"));
  }

  @Test
  void fileThatIsALinkIsRefused() throws IOException {
    Path real = Files.createFile(temporary.resolve("real"));
    PrivateDirectory.checkFile(real.toFile());
    Path link = Files.createSymbolicLink(temporary.resolve("1-1.ledger"), real);
    assertThatThrownBy(() -> PrivateDirectory.checkFile(link.toFile()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("link");
  }

  @Test
  void fileThatIsADirectoryIsRefused() {
    assertThatThrownBy(() -> PrivateDirectory.checkFile(temporary.toFile()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no file");
  }

  @Test
  void fileOfAnotherUserIsRefused() throws IOException {
    Path ledger = Files.createFile(temporary.resolve("1-1.ledger"));
    giveAway(ledger);
    assertThatThrownBy(() -> PrivateDirectory.checkFile(ledger.toFile()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to user " + NOBODY);
  }
}
