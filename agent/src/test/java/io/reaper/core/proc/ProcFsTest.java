package io.reaper.core.proc;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.in;
import static io.reaper.core.proc.Processes.named;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcFsTest {
  private static final int SELF = 42;

  @TempDir private Path root;

  private FakeProc fake;
  private ProcFs proc;

  @BeforeEach
  void anEmptyProc() {
    fake = new FakeProc(root);
    proc = fake.reader();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sleep",
        "tmux: server",
        "(sd-pam)",
        "a) S 1 2 3",
        "))((",
        "two\nlines",
        "ünïcode",
        "",
        " "
      })
  void nameMayHoldWhatItLikes(String name) {
    ProcessInfo process = new ProcessInfo(new ProcessId(7, 123456789012L), 'D', 3, 4, 5, name);
    byte[] stat = FakeProc.stat(process, 6).getBytes(StandardCharsets.UTF_8);
    assertThat(Stat.parse(7, stat)).isEqualTo(process);
  }

  @Test
  void processIsDeadIfItsNumberIsFreeOrAnothersOrItIsAZombie() {
    fake.with(process(10, 1, 10, 10));
    ProcessId living = proc.read(10).id();
    assertThat(proc.isDead(living)).isFalse();
    assertThat(proc.isDead(new ProcessId(10, living.start() + 1))).isTrue();
    assertThat(proc.isDead(new ProcessId(11, living.start()))).isTrue();
    fake.with(new ProcessInfo(living, 'Z', 1, 10, 10, "sleep"));
    assertThat(proc.isDead(living)).isTrue();
  }

  @Test
  void processThatCannotBeLookedAtIsNeitherAliveNorDead() {
    // As without a free descriptor: it is there, and cannot be opened.
    assertThat(root.resolve("10/stat").toFile().mkdirs()).isTrue();
    assertThat(proc.isAlive(id(10))).isFalse();
    assertThat(proc.isUnseen(id(10))).isFalse();
    assertThat(proc.isDead(id(10))).isFalse();
  }

  @Test
  void lookThatFailsIsCountedAndOneThatFindsNothingIsNot() {
    fake.self(process(SELF, 1)).with(process(10, 1)).refuse("11/stat");
    assertThat(proc.read(9)).isNull();
    assertThat(proc.read(11)).as("refused though others can be read").isNull();
    assertThat(proc.details(10).command()).isEmpty();
    assertThat(proc.failedLooks()).isZero();
    fake.refuse("self/stat", "10/cmdline");
    assertThat(proc.read(9)).isNull();
    assertThat(proc.failedLooks()).isZero();
    assertThat(proc.read(11)).isNull();
    assertThat(proc.details(10).command()).isEmpty();
    assertThat(proc.failedLooks()).isEqualTo(2);
    // A file, of which there is no list.
    fake.write("11/task", "");
    assertThat(proc.descendantsOf(List.of(process(11, 1)))).isEmpty();
    assertThat(proc.failedLooks()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "hidepid=invisible, false",
    "hidepid=2, false",
    "hidepid=ptraceable, false",
    "hidepid=noaccess, true",
    "hidepid=1, true",
    "relatime, true"
  })
  void processThatIsNotShownIsDeadUnlessProcIsMountedToHideIt(String option, boolean dead) {
    fake.hiding(option).with(in('Z', process(10, 1)));
    assertThat(proc.isUnseen(id(11))).isTrue();
    assertThat(proc.isDead(id(11))).isEqualTo(dead);
    assertThat(proc.isDead(id(10))).isTrue();
  }

  @Test
  void processThatIsNotShownMayLiveWhereTheFirstOneIsNotShownEither() {
    fake.remove(ProcessId.INIT);
    assertThat(proc.isDead(id(11))).isFalse();
  }

  @Test
  void processMayLiveWhereItIsNotToBeToldHowProcIsMounted() {
    assertThat(root.resolve("self/mountinfo").toFile().delete()).isTrue();
    assertThat(proc.isDead(id(11))).isFalse();
  }

  @Test
  void processWhoseFilesMayNotBeReadIsNotDead() throws IOException {
    // As with hidepid=noaccess: its directory is there.
    Files.createDirectory(root.resolve("11"));
    assertThat(proc.isUnseen(id(11))).isTrue();
    assertThat(proc.isDead(id(11))).isFalse();
  }

  @Test
  void lineOfARealKernelIsRead() {
    String line =
        "1187 (kworker/1:2-eve) I 2 0 0 0 -1 69238880 0 0 0 0 0 21 0 0 20 0 1 0 91384 0 0"
            + " 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0"
            + " 0\n";
    assertThat(Stat.parse(1187, line.getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(new ProcessInfo(new ProcessId(1187, 91384), 'I', 2, 0, 0, "kworker/1:2-eve"));
  }

  @Test
  void processThatIsNotThereIsNull() {
    fake.write("8/stat", "");
    assertThat(proc.read(7)).isNull();
    assertThat(proc.read(8)).isNull();
  }

  @Test
  void processIsAliveUnderItsOwnStartTimeAndNotAsAZombie() {
    fake.with(process(7, 1), in('Z', process(8, 1)), in('T', process(9, 1)));
    assertThat(proc.isAlive(id(7))).isTrue();
    assertThat(proc.isAlive(new ProcessId(7, 71))).isFalse();
    assertThat(proc.isAlive(id(8))).isFalse();
    assertThat(proc.isAlive(id(9))).isTrue();
    assertThat(proc.isAlive(id(10))).isFalse();
  }

  @Test
  void processWhoseFirstThreadHasEndedIsAliveWhileOthersRun() {
    ProcessInfo leader = in('Z', process(7, 1));
    String stat = FakeProc.stat(leader, -1);
    fake.write("7/stat", stat).write("8/stat", stat.replace(" 20 0 1 0 ", " 20 0 3 0 "));
    assertThat(proc.read(7).isZombie()).isTrue();
    assertThat(proc.read(8).isZombie()).isFalse();
  }

  @Test
  void processesAreReadByTheirVeryNames() {
    fake.with(process(7, 1), process(8, 1));
    assertThat(proc.read(List.of(id(7), new ProcessId(8, 81), id(9))))
        .containsExactly(process(7, 1));
  }

  @Test
  void snapshotHoldsEveryProcessAndNothingElse() {
    fake.with(process(1, 0), process(7, 1), process(8, 7)).write("meminfo", "MemTotal: 1");
    fake.write("sys/kernel/pid_max", "32768").write("9/comm", "gone");
    Snapshot all = proc.snapshot();
    assertThat(all.processes())
        .containsExactlyInAnyOrder(process(1, 0), process(7, 1), process(8, 7));
    assertThat(all.childrenOf(7)).containsExactly(process(8, 7));
    assertThat(all.childrenOf(8)).isEmpty();
  }

  @Test
  void selfIsTheNumberInItsOwnStat() {
    fake.self(process(32767, 1));
    assertThat(proc.self()).isEqualTo(32767);
  }

  @Test
  void childrenOfEveryThreadAreRead() {
    fake.self(process(SELF, 1))
        .with(process(100, SELF), in('Z', process(101, SELF)), process(102, SELF))
        .with(process(103, 100))
        .children(SELF, 100, 101)
        .children(43)
        .children(44, 102);
    assertThat(proc.children(SELF))
        .containsExactlyInAnyOrder(
            process(100, SELF), in('Z', process(101, SELF)), process(102, SELF));
  }

  @Test
  void childThatIsGoneBeforeItIsReadIsNotThere() {
    fake.self(process(SELF, 1)).with(process(101, SELF)).children(SELF, 100, 101);
    assertThat(proc.children(SELF)).containsExactly(process(101, SELF));
  }

  @Test
  void kernelWithoutChildrenFilesIsSearchedByParent() {
    fake.self(process(SELF, 1)).with(process(100, SELF), process(101, 1), process(102, 100));
    fake.write("self/task/" + SELF + "/comm", "java");
    assertThat(proc.children(SELF)).containsExactly(process(100, SELF));
  }

  @Test
  void emptyChildrenFilesAreNoChildrenAndNoSearch() {
    fake.self(process(SELF, 1)).with(process(100, SELF)).children(SELF);
    assertThat(proc.children(SELF)).isEmpty();
  }

  @Test
  void bootIdIsOneWord() {
    assertThat(proc.numberSpace().bootId()).isEmpty();
    fake.write("sys/kernel/random/boot_id", "dc7b6cde-3e0a-4d49-9ab2-0f83d4e8d9f4\n");
    assertThat(proc.numberSpace().bootId())
        .startsWith("dc7b6cde-3e0a-4d49-9ab2-0f83d4e8d9f4")
        .doesNotMatch("\\s");
  }

  @Test
  void cgroupIsFoundInAUnifiedHierarchy() {
    fake.write("self/cgroup", "0::/user.slice/user-0.slice", "");
    fake.write("self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0", "");
    assertThat(proc.own().cgroup()).isEqualTo(new File("/sys/fs/cgroup/user.slice/user-0.slice"));
  }

  @Test
  void cgroupIsFoundBesideTheOldHierarchies() {
    fake.write("self/cgroup", "12:cpu,cpuacct:/a", "1:name=systemd:/b", "0::/c", "");
    fake.write(
        "self/mounts",
        "tmpfs /sys/fs/cgroup tmpfs ro 0 0",
        "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0",
        "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
        "cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0",
        "");
    assertThat(proc.own().cgroup()).isEqualTo(new File("/sys/fs/cgroup/unified/c"));
  }

  @Test
  void oldHierarchiesAloneAreNoCgroup() {
    fake.write("self/cgroup", "12:cpu,cpuacct:/a", "");
    fake.write("self/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", "");
    assertThat(proc.own().cgroup()).isNull();
    fake.write("self/cgroup", "0::/c", "");
    fake.write("self/mounts", "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0", "");
    assertThat(proc.own().cgroup()).isNull();
  }

  @Test
  void foregroundGroupIsTheTerminals() {
    fake.onTerminal(named("a) b (c", process(7, 1)), 77).with(process(8, 1));
    assertThat(proc.details(7).foregroundGroup()).isEqualTo(77);
    assertThat(proc.details(8).foregroundGroup()).isEqualTo(-1);
    assertThat(proc.details(9).foregroundGroup()).isEqualTo(-1);
  }

  @Test
  void executableIsThePathOfTheFileEvenIfThatWasRemoved() {
    fake.executable(7, "/usr/sbin/nginx").executable(8, "/opt/my app/run (deleted)");
    assertThat(proc.details(7).executable()).isEqualTo("/usr/sbin/nginx");
    assertThat(proc.details(8).executable()).isEqualTo("/opt/my app/run");
    assertThat(proc.details(9).executable()).isNull();
  }

  @Test
  void limitOnLocksIsTheSoftOneWithoutASignAndMinusOneWhereThereIsNone() {
    fake.locks(100, "4503599627370496").locks(101, "unlimited").locks(102, "0");
    assertThat(proc.details(100).softLimitOnLocks()).isEqualTo(4503599627370496L);
    assertThat(proc.details(101).softLimitOnLocks()).isEqualTo(-1);
    assertThat(proc.details(102).softLimitOnLocks()).isZero();
    assertThat(proc.details(103).softLimitOnLocks()).isNull();
    fake.locks(104, "18446744073709551614");
    assertThat(proc.details(104).softLimitOnLocks()).isEqualTo(-2);
  }

  @Test
  void environmentHoldsWholeEntriesOnly() {
    fake.environment(7, "A=1", "REAPER_KEEP=true", "B=2");
    fake.environment(8, "REAPER_KEEP=true");
    fake.environment(9, "NO_REAPER_KEEP=true", "REAPER_KEEP=truely", "X= REAPER_KEEP=true");
    fake.write("10/environ", "");
    assertThat(proc.details(7).environmentHolds("REAPER_KEEP=true")).isTrue();
    assertThat(proc.details(8).environmentHolds("REAPER_KEEP=true")).isTrue();
    assertThat(proc.details(9).environmentHolds("REAPER_KEEP=true")).isFalse();
    assertThat(proc.details(10).environmentHolds("REAPER_KEEP=true")).isFalse();
    assertThat(proc.details(11).environmentHolds("REAPER_KEEP=true")).isFalse();
  }

  @Test
  void fileThatIsHeldIsFoundByAnotherPathToIt(@TempDir Path place) throws IOException {
    Path file = Files.createFile(place.toRealPath().resolve("7-70.ledger"));
    Path other = Files.createDirectory(place.resolve("other"));
    Files.createFile(other.resolve("7-70.ledger"));
    Path alias = Files.createSymbolicLink(place.resolve("alias"), place);
    fake.descriptor(100, 5, file.toString());
    fake.descriptor(101, 5, other.resolve("7-70.ledger").toString());
    File ledger = alias.resolve("7-70.ledger").toFile();
    assertThat(proc.details(100).hasOpen(ledger)).isTrue();
    assertThat(proc.details(101).hasOpen(ledger)).isFalse();
  }

  @Test
  void whatIsHeldOpenTellsOfADeath() throws Exception {
    ProcFs real = new ProcFs();
    Process sleep = new ProcessBuilder("sleep", "600").start();
    try {
      ProcessId id = real.read((int) sleep.pid()).id();
      HeldStat held = real.hold(id);
      assertThat(held.isDead()).isFalse();
      assertThat(real.hold(new ProcessId(id.pid(), id.start() - 1))).isNull();
      sleep.destroyForcibly().waitFor();
      assertThat(held.isDead()).isTrue();
      assertThat(real.hold(id)).isNull();
    } finally {
      sleep.destroyForcibly();
    }
  }

  @Test
  void whatADeadJvmWasStartingIsFoundByTheFileThatItHolds() {
    File ledger = new File("/tmp/7-70.ledger");
    String helper = "jspawnhelper";
    fake.with(named(helper, process(100, 1)), named("sleep", process(101, 1)))
        .with(named(helper, process(102, 1)), named(helper, process(6, 1)))
        .with(process(90, 1), named(helper, process(103, 90)));
    for (int pid : new int[] {100, 101, 6, 103}) {
      fake.descriptor(pid, 5, ledger.getPath());
    }
    fake.descriptor(102, 5, "/tmp/8-80.ledger");
    fake.write("90/maps", "7f00-7f01 r-xp 0 0 0 /opt/jdk/lib/server/libjvm.so", "");
    assertThat(InterruptedStarts.of(proc, ledger, id(7)))
        .containsExactly(named(helper, process(100, 1)));
  }

  @ParameterizedTest
  @CsvSource({"1000, 30, 0", "1000, 1, 1", "0, 30, 1", "-1, 30, 0"})
  void whatAJvmMayStartThatDoesNotShowItselfIsNotADeadOnes(int user, int threads, int found) {
    File ledger = new File("/tmp/7-70.ledger");
    fake.with(named("jspawnhelper", process(100, 90))).descriptor(100, 5, ledger.getPath());
    fake.write("100/status", "Tgid:\t100", "Uid:\t1000\t1000\t1000\t1000", "");
    if (user >= 0) {
      fake.with(process(90, 1))
          .write(
              "90/status", "Tgid:\t90", "Uid:\t0\t" + user + "\t0\t0", "Threads:\t" + threads, "");
    }
    assertThat(InterruptedStarts.of(proc, ledger, id(7))).hasSize(found);
  }

  @Test
  void descendantsAreFoundBelowEveryThreadOfTheirParents() {
    fake.with(process(100, SELF), process(101, 100), process(102, 100), process(103, 102));
    fake.childrenOf(100, 101).write("100/task/107/children", "102 ").childrenOf(102, 103);
    assertThat(proc.descendantsOf(List.of(process(100, SELF))))
        .containsExactlyInAnyOrder(process(101, 100), process(102, 100), process(103, 102));
  }

  @Test
  void processWithAnotherParentByNowOrAZombieIsNoDescendant() {
    fake.with(process(100, SELF), process(101, 7), in('Z', process(102, 100)));
    fake.childrenOf(100, 101, 102);
    assertThat(proc.descendantsOf(List.of(process(100, SELF)))).isEmpty();
  }

  @Test
  void childrenOfWhoeverHasTheNumberByNowAreNoDescendants() {
    fake.with(new ProcessInfo(new ProcessId(100, 9999), 'S', 1, 1, 1, "innocent"));
    fake.with(process(101, 100)).childrenOf(100, 101);
    assertThat(proc.descendantsOf(List.of(process(100, SELF)))).isEmpty();
  }

  @Test
  void processThatHasTheNumberOfAChildByNowIsNoChild() {
    fake.self(process(SELF, 1)).with(process(100, SELF), process(101, 1));
    fake.children(SELF, 100, 101).childrenOf(SELF, 100, 101);
    assertThat(proc.children(SELF)).containsExactly(process(100, SELF));
    assertThat(proc.youngestAdopted(SELF, 16)).containsExactly(process(100, SELF));
  }

  @Test
  void numbersOfOneNamespaceAreTrusted() {
    fake.self(process(42, 1)).write("self/status", "Name:\tjava", "NSpid:\t42", "Threads:\t1");
    assertThat(fake.reader().numberSpace().whyNotToTrust("nothing is done")).isNull();
  }

  @Test
  void numbersOfTheNamespaceAboveAreNotTrusted() {
    fake.self(process(42, 1)).write("self/status", "Name:\tjava", "NSpid:\t42\t1", "Threads:\t1");
    assertThat(fake.reader().numberSpace().whyNotToTrust("nothing is done"))
        .contains("NSpid: 42 1", "; nothing is done; ", "unshare --mount-proc");
  }

  @Test
  void procInWhichThisProcessIsNotIsNotTrustedAndShowsNone() {
    assertThat(fake.reader().numberSpace().whyNotToTrust("nothing is done"))
        .contains("is not mounted, or is of another PID namespace");
    assertThat(fake.reader().self()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(ProcFs.blind().snapshot().processes()).isEmpty();
    assertThat(ProcFs.blind().read(1)).isNull();
    assertThat(ProcFs.blind().children(1)).isEmpty();
  }

  @Test
  void kernelThatTellsNoNumbersIsComparedWithTheJdk() {
    int self = (int) ProcessHandle.current().pid();
    fake.self(process(self, 1)).write("self/status", "Name:\tjava");
    assertThat(fake.reader().numberSpace().whyNotToTrust("nothing is done")).isNull();
    fake.self(process(self + 1, 1));
    assertThat(fake.reader().numberSpace().whyNotToTrust("nothing is done")).contains("here");
  }

  @Test
  void timeNamespaceIsPartOfThePlaceWhereTheKernelHasOne() throws IOException {
    fake.write("sys/kernel/random/boot_id", "b");
    Files.createDirectories(root.resolve("self/ns"));
    Files.createSymbolicLink(root.resolve("self/ns/pid"), Path.of("pid:[1]"));
    assertThat(fake.reader().numberSpace().name()).isEqualTo("b pid:[1]");
    Files.createSymbolicLink(root.resolve("self/ns/time"), Path.of("time:[2]"));
    assertThat(fake.reader().numberSpace().name()).isEqualTo("b pid:[1] time:[2]");
  }
}
