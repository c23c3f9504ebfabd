package io.reaper.core.ondemand.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import io.reaper.core.ondemand.report.ProcessLife.Ending;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final String METHOD = "com.acme.Work.run";
  private static final String LINE = METHOD + "(Work.java:7)";

  private final Timeline lives = new Timeline();

  private void start(int pid) {
    lives.started(pid, "sleep 9", LINE, 1000 + pid);
  }

  private void exit(int pid, int status) {
    lives.exited(pid, "sleep 9", LINE, status, 500, 2000);
  }

  private void kill(
      int pid, int parent, String reason, String startedBy, long ageMillis, long atMillis) {
    Told told = new Told(reason, startedBy, 1);
    lives.killed(
        new ProcessEnd(pid, parent, "python", "", 0, ageMillis, told, "TERM", 1), atMillis);
  }

  private ProcessLife only() {
    assertThat(lives.all()).hasSize(1);
    return lives.all().get(0);
  }

  @Test
  void oneThatExitsHasEndedByItselfAndFailedIfItsStatusIsNotZero() {
    for (int pid = 1; pid <= 3; pid++) {
      start(pid);
    }
    exit(1, 0);
    exit(2, 7);
    exit(3, 255);
    assertThat(lives.all())
        .extracting(ProcessLife::ending)
        .containsExactly(Ending.EXITED, Ending.FAILED, Ending.FAILED);
    assertThat(lives.all()).extracting(ProcessLife::note).contains("status 7");
  }

  @Test
  void oneThatASignalEndedIsToldFromOneThatTheAgentKilled() {
    start(1);
    start(2);
    exit(1, 143);
    kill(2, 0, "started by " + LINE, LINE, 900, 2000);
    assertThat(lives.all())
        .extracting(ProcessLife::ending)
        .containsExactly(Ending.SIGNALLED, Ending.KILLED);
    assertThat(lives.all()).extracting(ProcessLife::note).contains("signal 15");
    assertThat(Ending.SIGNALLED.isLeak()).isFalse();
    assertThat(Ending.KILLED.isLeak()).isTrue();
  }

  @Test
  void statusOfOneThatTheAgentKilledDoesNotMakeItAnythingElse() {
    start(1);
    kill(1, 0, "started by " + LINE, LINE, 900, 2000);
    exit(1, 143);
    assertThat(only().ending()).isEqualTo(Ending.KILLED);
    assertThat(only().note()).isEqualTo("SIGTERM, started by " + LINE + ", signal 15");
  }

  @Test
  void oneWhoseEndIsSeenBeforeTheAgentTellsOfItIsStillOneThatTheAgentKilled() {
    start(1);
    exit(1, 143);
    kill(1, 0, "started by " + LINE, LINE, 900, 2000);
    assertThat(only().ending()).isEqualTo(Ending.KILLED);
    assertThat(only().command()).isEqualTo("sleep 9");
    assertThat(only().note()).isEqualTo("SIGTERM, started by " + LINE + ", signal 15");
  }

  @Test
  void oneThatWasKilledUnderANumberThatAnotherHadBeforeIsAnother() {
    start(1);
    exit(1, 0);
    kill(1, 0, "descendant", "", 700, 60_000);
    assertThat(lives.all())
        .extracting(ProcessLife::ending)
        .containsExactly(Ending.EXITED, Ending.KILLED);
  }

  @Test
  void oneWithoutAnEndIsStillThereAtTheLastMomentThatIsKnownOf() {
    start(1);
    start(2);
    exit(2, 0);
    ProcessLife left = lives.all().get(0);
    assertThat(left.ending()).isEqualTo(Ending.ALIVE);
    assertThat(left.endMillis()).isEqualTo(2000);
  }

  @Test
  void numberThatIsReusedIsAnotherProcess() {
    start(1);
    exit(1, 0);
    start(1);
    assertThat(lives.all())
        .extracting(ProcessLife::ending)
        .containsExactly(Ending.EXITED, Ending.ALIVE);
  }

  @Test
  void childIsGroupedByTheMethodThatStartedIt() {
    start(1);
    assertThat(only().method()).isEqualTo(METHOD);
    assertThat(only().startedBy()).isEqualTo(LINE);
  }

  @Test
  void descendantThatWasNotSeenBeforeItsEndHasLivedAsLongAsItsAgeSays() {
    kill(9, 0, "descendant", "", 700, 2000);
    assertThat(only().startMillis()).isEqualTo(1300);
    assertThat(only().method()).contains("descendants");
  }

  @Test
  void orphanIsThereFromItsAdoptionToItsEnd() {
    lives.adopted(9, "python", Reason.of("descendant"), 1000);
    lives.reaped(9, "python", Reason.of("descendant"), 600, 1600);
    assertThat(only().ending()).isEqualTo(Ending.EXITED);
    assertThat(only().endMillis()).isEqualTo(1600);
  }

  @Test
  void descendantHangsBelowItsParentOrElseBelowTheChildThatItDescendsFrom() {
    start(1);
    // In the order of a kill, in which a parent may come last.
    kill(8, 7, "descendant", LINE, 500, 2000);
    kill(7, 1, "descendant", LINE, 600, 2000);
    kill(9, 4711, "adopted orphan", LINE, 400, 2000);
    assertThat(lives.all())
        .extracting(life -> life.under() == null ? 0 : life.under().pid())
        .containsExactly(0, 7, 1, 1);
  }

  @Test
  void descendantDoesNotHangBelowOneThatHadTheNumberOfItsParentBefore() {
    start(1);
    exit(1, 0);
    kill(8, 1, "descendant", LINE, 500, 60_000);
    assertThat(lives.all().get(1).under()).isNull();
  }

  @Test
  void livesThatNameOneAnotherAsParentHangBelowOneOfThemOnly() {
    kill(8, 9, "descendant", LINE, 500, 2000);
    kill(9, 8, "descendant", LINE, 500, 2000);
    assertThat(lives.all()).extracting(ProcessLife::under).containsOnlyOnce((ProcessLife) null);
  }

  @Test
  void commandsCannotBecomePartOfThePage() {
    lives.started(1, "sh -c </script><b>&", LINE, 1000);
    String page = new Page(List.of(lives), "<i>\"x\"").fill("@TITLE@|@SUMMARY@|@DATA@");
    assertThat(page)
        .startsWith("&lt;i>&quot;x&quot;|1 process from 1970-01-01T00:00:01Z on: 1 still there|")
        .contains("sh -c \\u003c/script>")
        .doesNotContain("</script>");
  }
}
