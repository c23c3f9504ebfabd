package io.reaper.it.degraded;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Ledgers;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Rows;
import io.reaper.it.support.Traces;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where there can be no ledger or no sentinel, one line says so, the worker goes on, and its
 * orderly end still kills.
 */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record MissingLedgerIT(Jdk jdk) {

  private static final int MORE_THAN_A_PAGE_OF_SLOTS = 380;

  private Launch worker(Object dir) {
    // Without a mode that needs the C library, as that has a word of its own to say about places.
    return Launch.on(jdk).agent("grace=10s,dir=" + dir);
  }

  private static Path directory(Path parent, String mode) throws IOException {
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(mode);
    // Twice, as the umask has its say at the first.
    Path directory = Files.createDirectory(parent.resolve("ledgers"));
    return Files.setPosixFilePermissions(directory, permissions);
  }

  /** Runs a command in a mount namespace of its own, with a tmpfs at /mnt. */
  private static Launch withTmpfs(Launch launch, String options) {
    String mount = "mount -t tmpfs -o mode=0700," + options + " tmpfs /mnt && exec \"$0\" \"$@\"";
    return launch.under("unshare", "--mount", "sh", "-c", mount);
  }

  /** The worker says that line after its first spawn and no other, and its child dies. */
  private static void expectOneLine(Launch launch, String... named) {
    expectOneLine(launch, 1, named);
  }

  private static void expectOneLine(Launch launch, int children, String... named) {
    String[] kinds = Collections.nCopies(children, "obedient").toArray(String[]::new);
    try (Worker worker = launch.start(Children.class, kinds)) {
      until(worker, () -> worker.reported("OBEDIENT").size() == children);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .startsWith("reaper-agent: [warn] ")
          .contains(named);
      expectOrderlyEnd(worker);
      assertThat(worker.stderr().lines()).hasSize(2).last().asString().contains("killed");
    }
  }

  private static void expectOrderlyEnd(Worker worker) {
    End.SYSTEM_EXIT.bringTo(worker);
    assertThat(worker.waitFor(20)).isEqualTo(3);
    assertThat(worker.reported("OBEDIENT")).isNotEmpty().noneMatch(Proc::isAlive);
    assertThat(worker.stdout()).isEmpty();
    assertThat(worker.stderr()).doesNotContain("\tat ");
  }

  /** As cron and systemd start a worker, in a locale that has ASCII alone. */
  @Test
  void childDiesThoughTheRuntimeDirectoryHasANameThatTheLocaleCannotWrite() {
    Launch launch = Launch.on(jdk).agent("grace=10s");
    String places = "LC_ALL=C XDG_RUNTIME_DIR=\"$(printf '/any/\\303\\274')\" exec \"$0\" \"$@\"";
    launch.under("sh", "-c", places);
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      expectOrderlyEnd(worker);
      assertThat(worker.stderr().lines()).singleElement().asString().contains("killed 1 process: ");
    }
  }

  @Test
  void childDiesWhenTheDirectoryHasNoPlaceToBe() {
    expectOneLine(worker("/no/such/place/ledgers"), "/no/such/place/ledgers", "dir=");
  }

  @Test
  void childDiesWhenTheDirectoryIsAFile(@TempDir Path place) throws IOException {
    Path file = Files.createFile(place.resolve("ledgers"));
    expectOneLine(worker(file), file.toString(), "dir=");
  }

  @Test
  void childDiesWhenTheDirectoryIsNotWritable() {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    expectOneLine(withTmpfs(worker("/mnt"), "ro"), "/mnt", "dir=");
    expectOneLine(withTmpfs(worker("/mnt/ledgers"), "ro"), "/mnt/ledgers", "dir=");
  }

  @Test
  void childDiesWhenTheDirectoryIsALinkToAnotherPlace(@TempDir Path place) throws IOException {
    Path target = directory(place, "rwx------");
    Path link = Files.createSymbolicLink(place.resolve("link"), target);
    expectOneLine(worker(link), link.toString(), "link");
    assertThat(target).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxr-xr-x", "rwx-w----", "rwx-----x"})
  void childDiesWhenOthersCanUseTheDirectory(String mode, @TempDir Path place) throws IOException {
    Path directory = directory(place, mode);
    expectOneLine(worker(directory), directory.toString(), "mode");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void childDiesWhenTheDirectoryBelongsToAnotherUser(@TempDir Path place) throws IOException {
    assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).as("is root").isEqualTo(0);
    Path directory = directory(place, "rwx------");
    Files.setAttribute(directory, "unix:uid", 65534);
    expectOneLine(worker(directory), directory.toString(), "65534");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void childDiesWhenTheDiskIsFull() {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    expectOneLine(withTmpfs(worker("/mnt"), "size=4k"), "/mnt is full", "dir=");
  }

  /** There is room for what was woven, 24k, and for the ledger as it begins, 40k. */
  @Test
  void childrenDieWhenTheDiskIsFullLater() {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    Launch launch = withTmpfs(worker("/mnt"), "size=64k");
    expectOneLine(launch, MORE_THAN_A_PAGE_OF_SLOTS, "ledger", "grow");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "process-group=true,subreaper=true,"})
  void childDiesWhenTheLedgerIsDeletedWhileTheWorkerRuns(String modes) throws IOException {
    Launch launch = Launch.on(jdk);
    Path directory = launch.dir().resolve("ledgers");
    launch.agent(modes + "grace=10s,dir=" + directory);
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      List<File> ledgers = ledgers(directory);
      assertThat(ledgers).hasSize(1).allMatch(File::delete);
      expectOrderlyEnd(worker);
      assertThat(worker.stderr().lines()).last().asString().contains("killed");
      assertThat(worker.stderr().lines()).hasSizeLessThanOrEqualTo(2);
      assertThat(ledgers(directory)).isEmpty();
    }
  }

  private static Stream<Arguments> modesAndShells() {
    return Rows.withEachValue(
        List.of("", "process-group=true,", "subreaper=true,"), List.of(true, false));
  }

  @ParameterizedTest
  @MethodSource("modesAndShells")
  void childDiesInACrashThoughTheDirectoryOfTheLedgersIsGone(String modes, boolean hasShell)
      throws IOException {
    Launch launch = Launch.on(jdk);
    Path directory = launch.dir().resolve("ledgers");
    launch.agent(modes + "dir=" + directory);
    if (!hasShell) {
      // Without setsid the sentinel is a JVM.
      Path bin = Files.createDirectory(launch.dir().resolve("bin"));
      for (String program : List.of("sh", "sleep")) {
        Files.createSymbolicLink(bin.resolve(program), Path.of("/bin", program));
      }
      launch.environment("PATH", bin.toString());
    }
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !Ledgers.sentinels(directory).isEmpty());
      // The worker may put something in meanwhile, as it keeps what it has woven.
      until(
          () -> {
            Stream.of(directory.toFile().listFiles()).forEach(File::delete);
            return directory.toFile().delete();
          });
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> worker.reported("OBEDIENT").stream().noneMatch(Proc::isAlive));
      untilAsserted(() -> assertThat(worker.stderr()).contains("killed 1 process: "));
    }
  }

  /** To open a FIFO is to wait until another does. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"subreaper=true,", "subreaper=true,keep=nginx,"})
  void childDiesInACrashThoughAnotherUserHasMadeTheDirectoryAnewWithAFifo(String modes)
      throws IOException, InterruptedException {
    assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).as("is root").isEqualTo(0);
    Launch launch = Launch.on(jdk);
    Path directory = launch.dir().resolve("ledgers");
    launch.agent(modes + "dir=" + directory);
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> Traces.isWatched(worker));
      until(
          () -> {
            Stream.of(directory.toFile().listFiles()).forEach(File::delete);
            return directory.toFile().delete();
          });
      Files.createDirectory(directory);
      Path turn = directory.resolve("sweeping");
      assertThat(new ProcessBuilder("mkfifo", turn.toString()).start().waitFor()).isZero();
      Files.setAttribute(turn, "unix:uid", 65534);
      Files.setAttribute(directory, "unix:uid", 65534);
      Proc sentinel = Traces.sentinels(worker).get(0);
      worker.self().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> !sentinel.isAlive());
      assertThat(worker.reported("OBEDIENT")).noneMatch(Proc::isAlive);
      assertThat(worker.stderr()).contains("killed 1 process: ");
    }
  }

  /** Only a look at every process finds it, by its mark, and that look begins with the ledger. */
  @Test
  void orphanOfTheLastMomentDiesInACrashThoughTheDirectoryOfTheLedgersIsGone() throws IOException {
    Launch launch = Launch.on(jdk);
    Path directory = launch.dir().resolve("ledgers");
    launch.agent("subreaper=true,dir=" + directory);
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      worker.say("spawn CHILD");
      until(worker, () -> worker.reported("CHILD").size() == 1);
      until(
          () -> {
            Stream.of(directory.toFile().listFiles()).forEach(File::delete);
            return directory.toFile().delete();
          });
      worker.say("hide-and-kill HIDDEN");
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> worker.reported("HIDDEN").size() == 1);
      until(() -> worker.reported("HIDDEN").stream().noneMatch(Proc::isAlive));
      untilAsserted(() -> assertThat(worker.stderr()).contains("killed"));
      assertThat(worker.stderr()).doesNotContain("not to be trusted");
    }
  }

  /** A file can be made there, and no byte written to it. */
  @Test
  void orphanOfTheLastMomentDiesInACrashThoughTheDiskIsFull() {
    assumeThat(Machine.allows("unshare", "--mount")).as("may mount").isTrue();
    Launch launch = withTmpfs(Launch.on(jdk).agent("subreaper=true,dir=/mnt"), "size=1m");
    try (Worker worker =
        launch.start(
            Shell.class,
            "exec sleep 1000",
            "head -c 2000000 /dev/zero > /mnt/filling; : > /mnt/filled; exit 0",
            """
            while [ ! -e /mnt/filled ]; do sleep 0.02; done
            env -i /usr/bin/setsid /bin/sh -c '
              echo "HIDDEN $$" >> "$0/report"
              kill -KILL "$1"
              exec /bin/sleep 1000
            ' "$0" "$PPID" &
            exit 0
            """)) {
      assertThat(worker.waitFor(30)).isEqualTo(137);
      until(() -> worker.reported("HIDDEN").size() == 1);
      until(() -> worker.reported("HIDDEN").stream().noneMatch(Proc::isAlive));
    }
  }

  private static List<File> ledgers(Path directory) {
    File[] files = directory.toFile().listFiles((dir, name) -> name.contains(".ledger"));
    return Arrays.asList(files == null ? new File[0] : files);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "process-group=true,subreaper=true,"})
  void childDiesWhenTheSentinelMayNotFork(String modes) throws IOException {
    assumeThat(Machine.allows(Machine.NOBODY)).as("may become another user").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user can read the jar").isTrue();
    Launch launch = Launch.on(jdk);
    // This sh may become another program, but fork no process: the limit spares root alone.
    Path bin = Files.createDirectory(launch.dir().resolve("bin"));
    Files.writeString(bin.resolve("sh"), "#!/bin/sh\nexec prlimit --nproc=1 /bin/sh \"$@\"\n");
    Machine.open(bin);
    Machine.open(launch.dir());
    launch.under(Machine.NOBODY).environment("PATH", bin + ":" + System.getenv("PATH"));
    launch.agent(modes + "grace=10s,dir=" + launch.dir().resolve("ledgers"));
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      // After some tries; and the shell itself has a word to say about each.
      until(worker, () -> worker.stderr().contains("reaper-agent: "));
      assertThat(worker.stderr().lines().filter(line -> line.startsWith("reaper-agent:")))
          .singleElement()
          .asString()
          .contains("cannot start the sentinel");
      expectOrderlyEnd(worker);
    }
  }
}
