package io.reaper.it.packaging;

import static io.reaper.it.support.Until.until;
import static io.reaper.it.support.Until.untilAsserted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.support.End;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the agent keeps, loads, opens and reads, where other users may write too. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record SharedDirectoriesIT(Jdk jdk) {
  private static final int OTHER = 65534;

  /** Exchanges two directories, as fast as it can (renameat2(2), RENAME_EXCHANGE). */
  private static final String EXCHANGE =
      """
      import ctypes, os, sys
      libc = ctypes.CDLL(None)
      a, b = (os.fsencode(name) for name in sys.argv[1:3])
      print("ready", flush=True)
      while os.path.exists(os.path.dirname(a)):
          libc.renameat2(-100, a, -100, b, 2)
      """;

  private static final int STARTS = Jdk.FULL ? 60 : 10;

  private static void assumeRoot() throws IOException {
    assumeThat(Files.getAttribute(Path.of("/proc/self"), "unix:uid")).as("is root").isEqualTo(0);
  }

  /** A directory of another user's, in one that every user may write in, as /tmp is. */
  private static Path theirs(Launch launch, String mode) throws IOException {
    Machine.open(launch.dir());
    Path theirs = Files.createDirectory(launch.dir().resolve("theirs"));
    Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString(mode));
    Files.setAttribute(theirs, "unix:uid", OTHER);
    return theirs;
  }

  private static void expectSilenceAndTheEndOfTheChild(Launch launch) {
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(worker.stderr()).isEmpty();
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.reported("OBEDIENT")).noneMatch(Proc::isAlive);
    }
  }

  @Test
  void runtimeDirectoryOfAnotherUserIsNotUsed() throws IOException {
    assumeRoot();
    Launch launch = Launch.on(jdk);
    Path theirs = theirs(launch, "rwx------");
    launch.environment("XDG_RUNTIME_DIR", theirs.toString()).agent("subreaper=true");
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(theirs).isEmptyDirectory();
      assertThat(worker.stderr()).isEmpty();
    }
  }

  @Test
  void directoryBelowAnotherUsersCostsOneLineAndIsNotUsed() throws IOException {
    assumeRoot();
    Launch launch = Launch.on(jdk);
    Path theirs = theirs(launch, "rwxr-xr-x");
    Path ours = Files.createDirectory(theirs.resolve("ours"));
    Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwx------"));
    launch.agent("subreaper=true,dir=" + ours);
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(worker.stderr().lines())
          .singleElement()
          .asString()
          .contains("cannot use dir=" + ours, "belongs to user " + OTHER, "; using ");
      assertThat(ours).isEmptyDirectory();
    }
  }

  @Tag("slow")
  @Test
  void classThatAnotherUserHasExchangedIsNeverDefined() throws IOException {
    assumeRoot();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user may run things").isTrue();
    Launch launch = Launch.on(jdk);
    Path theirs = theirs(launch, "rwxr-xr-x");
    Path woven = weaveIn(launch.dir().resolve("first"));
    Path ours = copy(woven, theirs.resolve("ours"), Files.readAllBytes(woven), 0);
    Path evil = copy(woven, theirs.resolve("evil"), withoutTheSeam(woven), OTHER);
    Launch exchanging = Launch.on(null).under(Machine.NOBODY);
    Path python = Path.of("/usr/bin/python3");
    assumeThat(python).exists();
    List<String> script = List.of("-c", EXCHANGE, ours.toString(), evil.toString());
    try (Worker exchanger = exchanging.start(python, script)) {
      until(exchanger, () -> exchanger.stdout().contains("ready"));
      for (int start = 0; start < STARTS; start++) {
        assertThat(saidByAWorker(ours)).as("start " + start).contains("started by");
      }
    } finally {
      delete(launch.dir());
    }
  }

  /** A start that goes by unseen is told of as no more than a child. */
  private String saidByAWorker(Path directory) {
    try (Worker worker =
        Launch.on(jdk).agent("dir=" + directory).start(Children.class, "obedient")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      worker.waitFor(20);
      return worker.stderr();
    }
  }

  private Path weaveIn(Path directory) throws IOException {
    expectSilenceAndTheEndOfTheChild(Launch.on(jdk).agent("dir=" + directory));
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().contains("woven-")).findFirst().orElseThrow();
    }
  }

  private static Path copy(Path woven, Path into, byte[] content, int owner) throws IOException {
    Files.createDirectory(into);
    Files.setPosixFilePermissions(into, PosixFilePermissions.fromString("rwx------"));
    Path file = Files.write(into.resolve(woven.getFileName()), content);
    Files.setAttribute(file, "unix:uid", owner);
    Files.setAttribute(into, "unix:uid", owner);
    return into;
  }

  /** As the agent keeps it, but with the class as it was in place of what was woven. */
  private static byte[] withoutTheSeam(Path woven) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataInputStream in = new DataInputStream(Files.newInputStream(woven));
        DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(in.readLong());
      byte[] original = in.readNBytes(in.readInt());
      in.readNBytes(in.readInt());
      byte[] seam = in.readNBytes(in.readInt());
      for (byte[] each : List.of(original, original, seam)) {
        out.writeInt(each.length);
        out.write(each);
      }
    }
    byte[] all = bytes.toByteArray();
    CRC32 checksum = new CRC32();
    checksum.update(all, Long.BYTES, all.length - Long.BYTES);
    ByteBuffer.wrap(all).putLong(checksum.getValue());
    return all;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"log-file", "report", "config"})
  void optionThatNamesNoRegularFileStopsTheWorkerWithOneLine(String key) throws IOException {
    for (String kind : List.of("a pipe", "a directory", "a device")) {
      Launch launch = Launch.on(jdk);
      Path file = special(launch, kind);
      launch.agent(key + "=" + file);
      try (Worker worker = launch.start(Children.class)) {
        worker.sayNothing();
        assertThat(worker.waitFor(30)).as(key + " is " + kind).isEqualTo(2);
        assertThat(worker.stderr().lines())
            .singleElement()
            .asString()
            .contains(key + "=" + file, kind);
        assertThat(worker.reported(Worker.SELF)).as("main has run").isEmpty();
      }
    }
  }

  private static Path special(Launch launch, String kind) throws IOException {
    switch (kind) {
      case "a directory":
        return Files.createDirectory(launch.dir().resolve("special"));
      case "a device":
        return Path.of("/dev/zero");
      default:
        return pipe(launch.dir().resolve("special"));
    }
  }

  private static Path pipe(Path path) {
    try {
      assertThat(new ProcessBuilder("mkfifo", "-m", "666", path.toString()).start().waitFor())
          .isZero();
      return path;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/stderr", "/dev/stdout", "/dev/null"})
  void logGoesToAStreamThatIsNamed(String stream) {
    try (Worker worker =
        Launch.on(jdk).agent("log=info,log-file=" + stream).start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(20)).isEqualTo(3);
      assertThat(worker.stderr().contains("killed")).isEqualTo(stream.endsWith("err"));
      assertThat(worker.stdout().contains("killed")).isEqualTo(stream.endsWith("out"));
    }
  }

  @Test
  void pipeInPlaceOfTheLogKeepsNoProcessWaitingAfterACrash() throws IOException {
    Launch launch = Launch.on(jdk);
    Path log = launch.dir().resolve("log");
    launch.agent("subreaper=true,grace=0,log-file=" + log + ",dir=" + launch.dir() + "/ledgers");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      worker.say("setsid-grandchild GRANDCHILD");
      until(worker, () -> worker.reported("GRANDCHILD").size() == 1);
      until(worker, () -> !Traces.sentinels(worker).isEmpty());
      Files.delete(log);
      pipe(log);
      Proc grandchild = worker.reported("GRANDCHILD").get(0);
      worker.self().kill();
      untilAsserted(
          () -> {
            assertThat(grandchild.isAlive()).isFalse();
            assertThat(Traces.of(worker)).isEmpty();
          });
      untilAsserted(() -> assertThat(worker.stderr()).contains("killed", "a pipe"));
    }
  }

  @Test
  void pipeInPlaceOfThePageKeepsTheEndOfTheWorkerFromNothing() throws IOException {
    Launch launch = Launch.on(jdk);
    Path page = launch.dir().resolve("page.html");
    launch.agent("report=" + page);
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> worker.reported("OBEDIENT").size() == 1);
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      pipe(page);
      End.SYSTEM_EXIT.bringTo(worker);
      assertThat(worker.waitFor(30)).isEqualTo(3);
      assertThat(worker.reported("OBEDIENT")).noneMatch(Proc::isAlive);
      assertThat(worker.stderr()).contains("cannot write report=" + page, "a pipe");
    }
  }
}
