package io.reaper.core.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
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

  private Path above(String name, String mode) throws IOException {
    Path parent = Files.createDirectory(temporary.resolve(name));
    mode(parent, mode);
    place = parent.resolve("reaper");
    return parent;
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwxrwx", "rwxrwxr-x", "rwx----w-"})
  void directoryThatOthersCanExchangeIsRefused(String mode) throws IOException {
    above("shared", mode);
    isRefused("other users can exchange");
    assertThat(place).doesNotExist();
    Files.createDirectory(place);
    mode(place, "rwx------");
    isRefused("other users can exchange");
  }

  @Test
  void directoryInAStickyOneIsSafe() throws IOException {
    Path shared = above("sticky", "rwxrwxrwx");
    Files.setAttribute(shared, "unix:mode", 01777);
    PrivateDirectory.open(place.toFile());
    assertThat(PrivateDirectory.whyUnusable(place.toFile())).isNull();
  }

  @Test
  void directoryBelowAnotherUsersIsRefusedAtAnyDepth() throws IOException {
    Path another = above("another", "rwxr-xr-x");
    Path between = Files.createDirectory(another.resolve("between"));
    giveAway(another);
    place = Files.createDirectory(between.resolve("reaper"));
    mode(place, "rwx------");
    isRefused(another + " belongs to user " + NOBODY);
    assertThat(PrivateDirectory.whyUnusable(place.toFile())).contains("belongs to user");
  }

  @Test
  void linkOnTheWayIsFollowedIfNoOtherUserCanExchangeIt() throws IOException {
    Path real = above("real", "rwx------");
    Path link = Files.createSymbolicLink(temporary.resolve("link"), Path.of("./real"));
    place = link.resolve("reaper");
    PrivateDirectory.open(place.toFile());
    assertThat(real.resolve("reaper")).isDirectory();
    Path another = Files.createSymbolicLink(temporary.resolve("another"), real);
    assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(real, "unix:uid")), "only root can");
    Files.setAttribute(another, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    place = another.resolve("reaper");
    isRefused(another + " belongs to user " + NOBODY);
  }

  @Test
  void linksInACircleAreRefused() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("circle"), Path.of("circle"));
    place = link.resolve("reaper");
    isRefused("one link too many");
  }

  @Test
  void wayBackIsTheKernels() throws IOException {
    above("deep", "rwx------");
    place = temporary.resolve("deep/../deep/reaper");
    PrivateDirectory.open(place.toFile());
    place = temporary.resolve("none/../deep/reaper");
    isRefused("there is no ");
  }

  @Test
  void whatIsOnlyAskedForIsNotMade() {
    assertThat(PrivateDirectory.whyUnusable(place.toFile())).isNull();
    assertThat(place).doesNotExist();
    assertThat(PrivateDirectory.whyUnusable(new File("/"))).isNotNull();
    assertThat(PrivateDirectory.whyUnusable(new File("/no/such/place"))).contains("there is no");
  }

  @Test
  void runtimeDirectoryOfAnotherUserIsNotUsed() throws IOException {
    mode(temporary, "rwx------");
    Map<String, String> environment = Map.of(PrivateDirectory.RUNTIME, temporary.toString());
    assertThat(PrivateDirectory.usual(environment)).hasParent(temporary.toFile());
    giveAway(temporary);
    assertThat(PrivateDirectory.usual(environment)).hasName(PrivateDirectory.below("/").getName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "relative"})
  void runtimeDirectoryThatIsNotAbsoluteIsNotUsed(String directory) throws IOException {
    mode(temporary, "rwx------");
    Path here = Path.of("").toAbsolutePath();
    String runtime = directory.equals("relative") ? here.relativize(temporary) + "" : directory;
    Map<String, String> environment = Map.of(PrivateDirectory.RUNTIME, runtime);
    assertThat(PrivateDirectory.usual(environment)).isEqualTo(PrivateDirectory.usual(Map.of()));
    assertThat(PrivateDirectory.places(environment)).isEqualTo(PrivateDirectory.places(Map.of()));
  }

  @Test
  void whatIsLoadedIsThisUsersFileAlone() throws IOException {
    Path file = temporary.resolve("libjffi.so");
    assertThat(PrivateDirectory.readTrusted(file)).isNull();
    PrivateDirectory.put(file, new byte[] {1});
    assertThat(PrivateDirectory.readTrusted(file)).isNotNull();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PrivateDirectory.readTrusted(temporary)).isNull();
    Path link = Files.createSymbolicLink(temporary.resolve("link"), file);
    assertThat(PrivateDirectory.readTrusted(link)).isNull();
    mode(file, "rw-rw----");
    assertThat(PrivateDirectory.readTrusted(file)).isNull();
    mode(file, "rw-r--r--");
    giveAway(file);
    assertThat(PrivateDirectory.readTrusted(file)).isNull();
  }

  @Test
  void usualPlaceIsTheUsersOwn() {
    assertThat(PrivateDirectory.usual(Map.of()).getName()).startsWith("reaper-agent");
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
