package io.reaper.it.command;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import io.reaper.it.scenario.ManySpawns;
import io.reaper.it.scenario.ObeyingWorker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.Orders;
import io.reaper.it.support.Traces;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent in a worker that was started without it. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record AttachIT(Jdk jdk) {
  private Answer attach(Object pid, String options, String... under) {
    return Answer.of(Launch.on(jdk).under(under).tool("attach", pid.toString(), options));
  }

  private Answer detach(Worker worker) {
    return Answer.of(Launch.on(jdk).tool("detach", Long.toString(worker.self().pid())));
  }

  private Answer attach(Worker worker, String options) {
    return attach(worker.self().pid(), options);
  }

  private Worker puppet(String... jvmOptions) {
    Worker worker = Launch.on(jdk).jvm(jvmOptions).start(ObeyingWorker.class);
    until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
    return worker;
  }

  private static Proc spawn(Worker worker, String order, String name) {
    worker.say(order + " " + name);
    until(worker, () -> worker.reported(name).size() == 1);
    return worker.reported(name).get(0);
  }

  private static void end(Worker worker, int status) {
    worker.say("exit");
    assertThat(worker.waitFor(30)).isEqualTo(status);
  }

  @Test
  void childFromBeforeAndChildFromAfterwardsDieWithTheWorker() {
    try (Worker worker = puppet()) {
      Proc before = spawn(worker, "spawn", "BEFORE");
      Answer answer = attach(worker, "");
      assertThat(answer.refused()).isEmpty();
      assertThat(answer.said()).contains("attached; 1 child was there");
      assertThat(answer.status()).isZero();
      Proc after = spawn(worker, "spawn", "AFTER");
      end(worker, 3);
      assertThat(List.of(before, after)).noneMatch(Proc::isAlive);
      assertThat(worker.stderr()).contains("killed 2 processes", "a child from before the agent");
    }
  }

  @Test
  void childFromBeforeDiesWhenTheWorkerIsKilled() {
    try (Worker worker = puppet()) {
      Proc before = spawn(worker, "spawn", "BEFORE");
      assertThat(attach(worker, "").status()).isZero();
      worker.self().kill();
      until(() -> !before.isAlive());
    }
  }

  /** Its child, by which the group is known for the worker's, dies of the polite signal. */
  @Test
  void deafMemberFromBeforeDiesWhenTheWorkerOfAGroupIsKilled() {
    Launch launch = Launch.on(jdk).under("setsid");
    String deaf = "(trap '' TERM; sh \"$0/leaf\" DEAF & wait) & exec sh \"$0/leaf\" CHILD";
    try (Worker worker = launch.start(Shell.class, deaf)) {
      until(worker, () -> worker.reported("DEAF").size() == 1);
      until(worker, () -> worker.reported("CHILD").size() == 1);
      assertThat(attach(worker.launched().pid(), "process-group=true,grace=1s").status()).isZero();
      Proc member = worker.reported("DEAF").get(0);
      worker.launched().kill();
      until(() -> !member.isAlive());
      assertThat(worker.stderr()).doesNotContain("may be another's by now");
    }
  }

  @Test
  void secondAttachChangesTheOptions() {
    try (Worker worker = puppet()) {
      Proc before = spawn(worker, "setsid-grandchild", "BEFORE");
      attach(worker, "subreaper=true");
      Proc after = spawn(worker, "setsid-grandchild", "AFTER");
      Answer answer = attach(worker, "children=false,subreaper=false");
      assertThat(answer.said())
          .contains("changed the options", "children: true -> false", "subreaper: true -> false");
      assertThat(answer.status()).isZero();
      end(worker, 3);
      assertThat(List.of(before, after)).allMatch(Proc::isAlive);
    }
  }

  @Test
  void optionsChangeWhileTheApplicationHoldsTheMonitorOfAProcess() {
    try (Worker worker = Launch.on(jdk).agent("").start(Children.class, "held")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Answer answer = attach(worker, "grace=0");
      assertThat(answer.status()).as(answer.refused()).isZero();
      assertThat(answer.said()).contains("changed the options");
    }
  }

  /** Before JDK 24 so many letters cannot be sent to a JVM (JDK-8342995). */
  @Test
  void optionsThatTheLedgerHasNoRoomForHoldInACrashToo() {
    Jdk newer = jdk.feature() >= 24 ? jdk : Jdk.other();
    assumeThat(newer.feature()).as("takes long options").isGreaterThanOrEqualTo(24);
    Launch launch = Launch.on(newer);
    launch.agent("process-group=true,grace=0,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Proc child = spawn(worker, "spawn", "CHILD");
      String many = "/opt/a/path/that/is/as/long/as/some/are/program:".repeat(40);
      String pid = Long.toString(worker.self().pid());
      Answer.of(Launch.on(newer).tool("attach", pid, "keep=" + many + "sleep")).mustSucceed();
      until(worker, () -> Traces.isWatched(worker));
      Orders.kill(worker);
      assertThat(worker.waitFor(30)).isEqualTo(137);
      until(() -> Traces.sentinels(worker).isEmpty());
      assertThat(child.isAlive()).as(worker.stderr()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void detachedWorkerIsLeftAloneAtItsEnd(boolean inOrder) {
    Launch launch = Launch.on(jdk);
    launch.agent("subreaper=true,process-group=true,grace=0,dir=" + Traces.ledgers(launch.dir()));
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Proc before = spawn(worker, "setsid-grandchild", "BEFORE");
      Answer answer = detach(worker);
      assertThat(answer.status()).as(answer.refused()).isZero();
      assertThat(answer.said()).contains("detached: ");
      until(worker, () -> Traces.of(worker).isEmpty());
      Proc after = spawn(worker, "spawn", "AFTER");
      if (inOrder) {
        end(worker, 3);
      } else {
        worker.self().kill();
        assertThat(worker.waitFor(20)).isEqualTo(137);
      }
      assertThat(List.of(before, after)).allMatch(Proc::isAlive);
      assertThat(worker.stderr()).doesNotContain("killed");
    }
  }

  @Test
  void workerThatWasDetachedBeforeItsFirstStartRecordsNone() {
    try (Worker worker = Launch.on(jdk).agent("leaks=fail").start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(detach(worker).status()).isZero();
      Proc child = spawn(worker, "spawn", "CHILD");
      end(worker, 3);
      assertThat(child.isAlive()).isTrue();
    }
  }

  @Test
  void attachAfterADetachTakesUpWhatIsThereWithTheOptionsOfBefore() {
    Launch launch = Launch.on(jdk).agent("subreaper=true,grace=0");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Proc before = spawn(worker, "spawn", "BEFORE");
      assertThat(detach(worker).status()).isZero();
      Proc meanwhile = spawn(worker, "spawn", "MEANWHILE");
      Answer answer = attach(worker, "");
      assertThat(answer.status()).as(answer.refused()).isZero();
      assertThat(answer.said()).contains("attached again; ");
      Proc after = spawn(worker, "setsid-grandchild", "AFTER");
      Orders.kill(worker);
      until(() -> !before.isAlive() && !meanwhile.isAlive() && !after.isAlive());
    }
  }

  @Test
  void jvmWithoutTheAgentHasNothingToDetach() {
    try (Worker worker = puppet()) {
      Answer answer = detach(worker);
      assertThat(answer.status()).isEqualTo(1);
      assertThat(answer.refused().lines()).singleElement().asString().contains("has no agent");
    }
  }

  @Test
  void whatASecondAttachDoesNotNameStays() {
    try (Worker worker = puppet()) {
      attach(worker, "subreaper=true");
      Proc child = spawn(worker, "setsid-grandchild", "CHILD");
      Answer answer = attach(worker, "log=info");
      assertThat(answer.said()).contains("log: warn -> info").doesNotContain("subreaper");
      assertThat(answer.status()).isZero();
      assertThat(attach(worker, "log=info").said()).contains("nothing to change");
      end(worker, 3);
      assertThat(child.isAlive()).isFalse();
    }
  }

  @Test
  void whatTheCommandLineGaveStaysWhereAnAttachNamesSomethingElse() {
    Launch launch = Launch.on(jdk).agent("subreaper=true,grace=0");
    try (Worker worker = launch.start(ObeyingWorker.class)) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      Proc child = spawn(worker, "setsid-grandchild", "CHILD");
      assertThat(attach(worker, "log=info").status()).isZero();
      Orders.kill(worker);
      until(() -> !child.isAlive());
    }
  }

  @Test
  void reportThatIsAskedForLaterIsWrittenAndALedgerThatIsThereStaysWhereItIs() {
    try (Worker worker = puppet()) {
      attach(worker, "");
      spawn(worker, "spawn", "CHILD");
      Answer moved = attach(worker, "subreaper=true,dir=" + worker.dir().resolve("elsewhere"));
      assertThat(moved.status()).isEqualTo(1);
      assertThat(moved.refused().lines()).singleElement().asString().contains("dir=", "nothing is");
      assertThat(worker.dir().resolve("elsewhere")).doesNotExist();
      Path page = worker.dir().resolve("page.html");
      Answer report = attach(worker, "report=" + page);
      assertThat(report.status()).isZero();
      assertThat(report.said()).contains("report: - -> " + page).doesNotContain("subreaper");
      spawn(worker, "spawn", "LATER");
      end(worker, 3);
      assertThat(page).content().contains("LATER");
    }
  }

  @Test
  void modeThatIsNotToBeHadIsTheExitStatusAndALineOnStderr() {
    for (String[] attaches : new String[][] {{"subreaper=true"}, {"", "subreaper=true"}}) {
      try (Worker worker = puppet("-Dos.arch=vax")) {
        Answer answer = null;
        for (String options : attaches) {
          answer = attach(worker, options);
        }
        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.refused().lines())
            .singleElement()
            .asString()
            .contains("not available here: subreaper");
      }
    }
  }

  @Test
  void placeForTheLedgerThatCannotBeUsedIsToldWithTheOneThatIs() {
    try (Worker worker = puppet()) {
      Answer answer = attach(worker, "dir=/proc/nothing");
      assertThat(answer.status()).as(answer.refused()).isZero();
      assertThat(answer.said() + answer.refused() + worker.stderr())
          .contains("cannot use dir=/proc/nothing", "; using ");
    }
  }

  @Test
  void whyThereCanBeNoLedgerIsToldToTheUserWhomItIsRefused() {
    try (Worker worker = puppet()) {
      attach(worker, "");
      Answer answer = attach(worker, "strict=true,dir=/proc/nothing");
      assertThat(answer.status()).isEqualTo(1);
      assertThat(answer.said()).contains("cannot keep a ledger in /proc/nothing");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"subreaper=true", "subreaper=true,process-group=true,grace=0"})
  void modesThatAreAttachedLaterHoldInACrash(String modes) {
    try (Worker worker = puppet()) {
      Proc before = spawn(worker, "setsid-grandchild", "BEFORE");
      attach(worker, "");
      assertThat(attach(worker, modes).status()).isZero();
      Proc after = spawn(worker, "setsid-grandchild", "AFTER");
      Orders.kill(worker);
      until(() -> !before.isAlive() && !after.isAlive());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"subreaper=true", "subreaper=true,process-group=true", "cgroup=true"})
  void modesThatAreAttachedAtOnceHoldInACrash(String modes) {
    assumeThat(modes.contains("cgroup") && !Cgroup2.isWritable()).as("no cgroup v2").isFalse();
    try (Worker worker = puppet()) {
      Proc before = spawn(worker, "spawn", "BEFORE");
      String place = ",grace=0,dir=" + Traces.ledgers(worker.dir());
      assertThat(attach(worker, modes + place).status()).isZero();
      worker.say("hide-and-kill HIDDEN");
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> !before.isAlive() && Traces.sentinels(worker).isEmpty());
      assertThat(worker.reported("HIDDEN")).hasSize(1).noneMatch(Proc::isAlive);
      assertThat(Traces.of(worker)).isEmpty();
    }
  }

  @Tag("slow")
  @Test
  void everyExitStatusStaysTrueInAStormOfStartsThatTheAgentComesInto() {
    try (Worker worker = Launch.on(jdk).start(ManySpawns.class, "3000", "statuses")) {
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      assertThat(attach(worker, "subreaper=true").status()).isZero();
      worker.sayNothing();
      assertThat(worker.waitFor(120)).isZero();
      assertThat(worker.stdout()).contains("0 wrong");
    }
  }

  @Test
  void whatCannotBeHadIsOneLine() {
    Answer none = attach(999_999_999, "");
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.refused().lines()).singleElement().asString().contains("no process 999999999");
    try (Worker shell = Launch.bystander("SHELL")) {
      until(shell, () -> !shell.reported("SHELL").isEmpty());
      Proc sleeper = shell.reported("SHELL").get(0);
      assertThat(attach(sleeper.pid(), "").refused().lines())
          .singleElement()
          .asString()
          .contains("is no JVM");
      assertThat(sleeper.isAlive()).isTrue();
    }
    Answer wrong = attach(1, "chldren=true");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.refused().lines()).singleElement().asString().contains("children");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:+DisableAttachMechanism", "-XX:-EnableDynamicAgentLoading"})
  void jvmThatDoesNotWantIt(String option) {
    assumeThat(option.contains("Dynamic") && jdk.feature() < 21).as("no such option").isFalse();
    try (Worker worker = puppet(option)) {
      Answer answer = attach(worker, "");
      assertThat(answer.status()).isEqualTo(1);
      assertThat(answer.refused().lines()).singleElement().asString().contains(option.substring(5));
      end(worker, 3);
    }
  }

  @Test
  void anotherUsersJvmIsNamedAsSuch() {
    assumeThat(Machine.allows(Machine.NOBODY)).as("may become another user").isTrue();
    assumeThat(Machine.canRead(Machine.NOBODY)).as("another user can read the jar").isTrue();
    try (Worker worker = puppet()) {
      Answer answer = attach(worker.self().pid(), "", Machine.NOBODY);
      assertThat(answer.refused().lines()).singleElement().asString().contains("belongs to user 0");
    }
  }
}
