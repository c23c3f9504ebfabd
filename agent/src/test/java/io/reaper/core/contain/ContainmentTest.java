package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.id;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.family.Family;
import io.reaper.core.observe.Log;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.FakePosix;
import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.Snapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainmentTest {
  private static final int SELF = 42;

  @TempDir private Path root;
  @TempDir private Path directory;

  private final FakePosix posix = new FakePosix();
  private final AtomicReference<Options> options = new AtomicReference<>();
  private FakeProc proc;
  private Family family;

  @BeforeEach
  void aWorkerInAGroupOfItsShells() {
    proc = new FakeProc(root).self(process(SELF, 40, 40, 40)).with(process(40, 1, 40, 40));
  }

  private void change(String arguments) throws OptionException {
    options.set(Options.parse(arguments, new Properties(), Map.of()));
  }

  private Containment containment(String arguments) throws IOException, OptionException {
    change(arguments);
    Log log = Log.to(Files.newOutputStream(directory.resolve("log")), Log.Level.WARN);
    family = new Family(log);
    return new Containment(options, SELF, proc.reader(), family, posix, log);
  }

  private List<String> told() throws IOException {
    return Files.readAllLines(directory.resolve("log"));
  }

  @Test
  void defaultModeAsksNothingOfTheKernel() throws Exception {
    Containment containment = containment("");
    containment.enter();
    assertThat(posix.calls()).isEmpty();
    assertThat(containment.modes()).hasExactlyElementsOfTypes(DirectChildren.class);
    assertThat(containment.group()).isZero();
    assertThat(containment.isSubreaper()).isFalse();
  }

  @Test
  void groupAndSubreaperAreEnteredOnce() throws Exception {
    Containment containment = containment("process-group=true,subreaper=true");
    containment.enter();
    assertThat(posix.calls()).containsExactly("setpgid(0, 0)", "prctl(36, 1)", "setSoftLimit(10)");
    assertThat(containment.group()).isEqualTo(SELF);
    assertThat(containment.isJob()).isFalse();
    assertThat(family.bystanders()).isEmpty();
    assertThat(containment.isSubreaper()).isTrue();
    assertThat(containment.modes())
        .hasExactlyElementsOfTypes(DirectChildren.class, ProcessGroup.class, Subreaper.class);
    assertThat(told()).isEmpty();
  }

  @Test
  void subreaperMarksItsDescendants() throws Exception {
    Containment containment = containment("subreaper=true");
    containment.enter();
    assertThat(containment.mark()).isPositive().isEqualTo(posix.softLimit());
    assertThat(containment.mark() & 0x3f_ffff).isEqualTo(SELF);
  }

  @Test
  void processesThatASubreaperHasLetGoDoNotCarryItsNextMark() throws Exception {
    Containment containment = containment("subreaper=true");
    containment.enter();
    long mark = containment.mark();
    change("");
    containment.change();
    assertThat(containment.mark()).isZero();
    // What the worker hands down by now.
    long limit = posix.softLimit();
    proc.locks(SELF, limit < 0 ? "unlimited" : Long.toString(limit));
    change("subreaper=true");
    containment.change();
    assertThat(containment.mark()).isEqualTo(posix.softLimit()).isNotEqualTo(mark);
  }

  @Test
  void limitOfAWorkerThatHasNoMarkIsLeftAloneWhenItLeavesTheMode() throws Exception {
    posix.refuseLimits();
    Containment containment = containment("subreaper=true");
    containment.enter();
    change("subreaper=false");
    containment.change();
    assertThat(posix.calls()).containsExactly("prctl(36, 1)", "setSoftLimit(10)", "prctl(36, 0)");
  }

  @Test
  void subreaperThatMayNotMarkIsOneAllTheSame() throws Exception {
    posix.refuseLimits();
    Containment containment = containment("subreaper=true");
    containment.enter();
    assertThat(containment.isSubreaper()).isTrue();
    assertThat(containment.mark()).isZero();
    assertThat(told()).isEmpty();
  }

  @Test
  void leaderStaysOneAndEarlierMembersOfItsGroupAreBystanders() throws Exception {
    proc.self(process(SELF, 40, SELF, SELF));
    proc.with(process(90, 40, SELF, SELF), process(91, SELF, SELF, SELF), process(92, 40));
    Containment containment = containment("process-group=true");
    containment.enter();
    assertThat(posix.calls()).containsExactly("setSoftLimit(10)");
    assertThat(containment.group()).isEqualTo(SELF);
    assertThat(family.bystanders()).containsExactly(id(90));
  }

  @Test
  void childFromBeforeTheAgentIsABystanderOfTheGroupWithAllBelowIt() throws Exception {
    proc.self(process(SELF, 40, SELF, SELF)).childrenOf(SELF, 90).forkedBy(SELF, 91);
    proc.with(process(90, SELF, SELF, SELF), process(91, SELF, SELF, SELF));
    proc.with(process(92, 90, SELF, SELF), process(93, 91, SELF, SELF));
    Containment containment = containment("process-group=true");
    family.leaveAlone(Set.of(id(90)));
    containment.enter();
    assertThat(family.bystanders()).containsExactlyInAnyOrder(id(90), id(92));
  }

  @Test
  void leaderThatCannotSeeAllThatMayBeInItsGroupHasNone() throws Exception {
    proc.self(process(SELF, 40, SELF, SELF));
    AtomicInteger failed = new AtomicInteger();
    ProcFs shortOfDescriptors =
        new ProcFs(root.toString()) {
          @Override
          public Snapshot snapshot() {
            failed.incrementAndGet();
            return super.snapshot();
          }

          @Override
          public int failedLooks() {
            return failed.get();
          }
        };
    change("process-group=true");
    Log log = Log.to(Files.newOutputStream(directory.resolve("log")), Log.Level.WARN);
    Containment containment =
        new Containment(options, SELF, shortOfDescriptors, new Family(log), posix, log);
    containment.enter();
    assertThat(containment.group()).isZero();
    assertThat(containment.modes()).hasExactlyElementsOfTypes(DirectChildren.class);
    assertThat(told()).singleElement().asString().contains("[warn]", "not killed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"process-group=true", "cgroup=true"})
  void workerThatCannotLookAtItselfStaysWhereItIs(String arguments) throws Exception {
    Files.delete(root.resolve("42/task/42/stat"));
    Containment containment = containment(arguments);
    containment.enter();
    assertThat(posix.calls()).isEmpty();
    assertThat(containment.modes()).hasExactlyElementsOfTypes(DirectChildren.class);
    assertThat(told()).singleElement().asString().contains("[warn]", "not killed");
  }

  @Test
  void groupsSessionAndStartAreThoseOfTheWorker() throws Exception {
    Containment containment = containment("process-group=true");
    containment.enter();
    assertThat(containment.session()).isEqualTo(40);
    assertThat(containment.since()).isEqualTo(id(SELF).start());
  }

  @Test
  void groupWithoutASubreaperHasAMark() throws Exception {
    Containment containment = containment("process-group=true");
    containment.enter();
    assertThat(containment.mark()).isPositive().isEqualTo(posix.softLimit());
    change("");
    containment.change();
    assertThat(containment.isSubreaper()).isFalse();
  }

  @Test
  void kernelThatRefusesCostsOneLineAModeAndTheOthersWork() throws Exception {
    posix.refuse();
    Containment containment = containment("process-group=true,subreaper=true,cgroup=true");
    containment.enter();
    assertThat(containment.modes()).hasExactlyElementsOfTypes(DirectChildren.class);
    assertThat(containment.group()).isZero();
    assertThat(containment.isSubreaper()).isFalse();
    assertThat(containment.cgroup()).isNull();
    assertThat(told()).hasSize(3);
    assertThat(told().get(0)).contains("setpgid answered errno 1", "group 40");
    assertThat(told().get(1)).contains("PR_SET_CHILD_SUBREAPER", "errno 1");
    assertThat(told().get(2)).contains("no cgroup v2 hierarchy is mounted here");
  }

  @Test
  void directoryThatIsNoCgroupIsRefused() throws Exception {
    proc.write("self/cgroup", "0::/", "");
    proc.write("self/mounts", "cgroup2 " + directory + " cgroup2 rw 0 0", "");
    Containment containment = containment("cgroup=true");
    containment.enter();
    assertThat(told()).singleElement().asString().contains("is no cgroup v2 directory");
  }

  @Test
  void kernelWithoutCgroupKillIsRefusedAndNoLeafStays() throws Exception {
    Path mounted = Files.createDirectory(directory.resolve("cgroup"));
    Files.createFile(mounted.resolve("cgroup.procs"));
    proc.write("self/cgroup", "0::/", "");
    proc.write("self/mounts", "cgroup2 " + mounted + " cgroup2 rw 0 0", "");
    containment("cgroup=true").enter();
    assertThat(told()).singleElement().asString().contains("no cgroup.kill");
    assertThat(mounted.resolve("reaper-42")).doesNotExist();
  }

  /** The worker, its group and its session, and the group in the foreground. */
  private Containment onATerminal(int group, int session, int foreground) throws Exception {
    proc.onTerminal(process(SELF, 40, group, session), foreground);
    change("process-group=true");
    Log log = Log.to(Files.newOutputStream(directory.resolve("log")), Log.Level.INFO);
    family = new Family(log);
    return new Containment(options, SELF, proc.reader(), family, posix, log);
  }

  @ParameterizedTest
  @CsvSource({"40, 40", "40, 39", "42, 39", "42, 0"})
  void workerInAJobOnATerminalStaysInItsGroup(int group, int foreground) throws Exception {
    Containment containment = onATerminal(group, 39, foreground);
    containment.enter();
    assertThat(posix.calls()).containsExactly("setSoftLimit(10)");
    assertThat(containment.group()).isEqualTo(group);
    assertThat(containment.isJob()).isTrue();
    assertThat(told()).singleElement().asString().contains("process group " + group, "its job");
    change("");
    containment.change();
    assertThat(containment.group()).isZero();
    assertThat(containment.isJob()).isFalse();
  }

  @Test
  void workerInAJobThatMayNotMarkIsToldWhatItMisses() throws Exception {
    posix.refuseLimits();
    Containment containment = onATerminal(40, 39, 40);
    containment.enter();
    assertThat(containment.group()).isEqualTo(40);
    assertThat(told()).hasSize(2);
    assertThat(told().get(1)).contains("[warn]", "cannot mark", "will outlive it");
  }

  @Test
  void jobThatHasNoNumberInThisNamespaceIsNone() throws Exception {
    Containment containment = onATerminal(0, 0, 0);
    containment.enter();
    assertThat(posix.calls()).isEmpty();
    assertThat(containment.group()).isZero();
    assertThat(told()).singleElement().asString().contains("another PID namespace");
  }

  @Test
  void leaderOfASessionOnATerminalIsInNoShellsJob() throws Exception {
    Containment containment = onATerminal(SELF, SELF, SELF);
    containment.enter();
    assertThat(containment.group()).isEqualTo(SELF);
    assertThat(containment.isJob()).isFalse();
  }

  /** In a directory that looks like a cgroup, with those members. */
  private Containment whoseCgroupAnOptionHasTakenBack(Path leaf, String members) throws Exception {
    Files.createDirectories(leaf);
    Files.writeString(leaf.resolve("cgroup.procs"), members);
    proc.write("self/cgroup", "0::/" + leaf.getFileName(), "");
    proc.write("self/mounts", "cgroup2 " + leaf.getParent() + " cgroup2 rw 0 0", "");
    Containment containment = containment("cgroup=true");
    containment.enter();
    assertThat(containment.cgroup()).isNotNull();
    change("cgroup=false");
    containment.change();
    return containment;
  }

  private Path leaf() {
    return directory.resolve("cgroup/reaper-" + id(SELF).name());
  }

  @Test
  void cgroupThatAnOptionHasTakenBackTakesNoProcessAlongAndStaysWithItsMembers() throws Exception {
    Containment containment = whoseCgroupAnOptionHasTakenBack(leaf(), "");
    proc.with(process(90, SELF)).childrenOf(SELF, 90);
    containment.takeDescendantsAlong();
    assertThat(leaf().resolve("cgroup.procs")).isEmptyFile();
    containment.leave();
    // Not empty for this file system, as for the kernel one with members.
    assertThat(leaf()).exists();
    assertThat(told()).isEmpty();
  }

  @Test
  void workerLeavesACgroupThatAnOptionHasTakenBack() throws Exception {
    Containment containment = whoseCgroupAnOptionHasTakenBack(leaf(), SELF + "\n");
    assertThat(containment.isToBeLeft()).isTrue();
    containment.leave();
    assertThat(leaf().resolveSibling("cgroup.procs")).hasContent(Integer.toString(SELF));
    assertThat(told()).isEmpty();
  }

  @Test
  void emptyCgroupThatAnOptionHasTakenBackIsRemoved() throws Exception {
    Containment containment = whoseCgroupAnOptionHasTakenBack(leaf(), "");
    Files.delete(leaf().resolve("cgroup.procs"));
    containment.leave();
    assertThat(leaf()).doesNotExist();
    assertThat(told()).isEmpty();
  }

  @Test
  void withoutACgroupThereIsNothingToGiveBack() throws Exception {
    Containment containment = containment("process-group=true");
    containment.enter();
    assertThat(containment.isToBeLeft()).isFalse();
  }
}
