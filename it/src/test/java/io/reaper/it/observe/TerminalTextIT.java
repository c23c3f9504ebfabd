package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Shell;
import io.reaper.it.support.Answer;
import io.reaper.it.support.NeedsAgent;
import io.reaper.it.support.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the names that processes give themselves, where a person reads them. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record TerminalTextIT(Jdk jdk) {
  /** ESC, CR, LF, a change of direction, C1: all that fits in a name (proc(5), 15 bytes). */
  private static final String NAME = "e\033]0;x\r\nf\u202e\u009b";

  private static final String SHOWN = "e\\u001b]0;x\\r\\nf\\u202e\\u009b";

  /** The name as a shell's printf takes it, so that no byte depends on a locale. */
  private static final String PRINTED = "e\\033]0;x\\r\\nf\\342\\200\\256\\302\\233";

  private static final String IN_A_CRASH = "e\\033]0;x\\r\\342\\200\\256\\302\\233";

  private static final String LETTER = "\\303\\251";

  private Launch launch(String options) {
    Launch launch = Launch.on(jdk);
    return launch.agent(options + "dir=" + launch.dir().resolve("ledgers"));
  }

  /** A worker with a child that has given itself that name, and waits at a pipe. */
  private static Worker withChildNamed(String printed, Launch launch) {
    String script =
        "printf '%s' > /proc/$$/comm; mkfifo \"$0/pipe\"; echo \"CHILD $$\" >> \"$0/report\";"
                .formatted(printed)
            + " read -r word < \"$0/pipe\"";
    Worker worker = launch.start(Shell.class, script);
    until(worker, () -> worker.reported("CHILD").size() == 1);
    until(worker, () -> worker.stdout().equals(Shell.READY));
    return worker;
  }

  private String tree(Worker worker, String... more) {
    String dir = worker.dir().resolve("ledgers").toString();
    Stream<String> words =
        Stream.concat(Stream.of("tree", pid(worker), "--dir", dir), Stream.of(more));
    Launch launch = Launch.on(jdk).environment("LC_ALL", "C");
    return Answer.of(launch.tool(words.toArray(String[]::new))).mustSucceed();
  }

  private static String pid(Worker worker) {
    return Long.toString(worker.launched().pid());
  }

  private static void expectNothingRaw(String text) {
    assertThat(text).contains(SHOWN).matches("[\\P{Cntrl}\n]*");
  }

  private static void expectLinesOfTheAgentsOwn(String log) {
    assertThat(log).matches("[\\P{Cntrl}\n]*").doesNotContain("\u202e", "\u009b");
    assertThat(log.lines()).allMatch(line -> line.startsWith("reaper-agent: ["));
  }

  @Test
  void treeShowsTheNameInOneLine() {
    try (Worker worker = withChildNamed(PRINTED, launch(""))) {
      String tree = tree(worker);
      expectNothingRaw(tree);
      // The worker, its options, and the one process.
      assertThat(tree.lines()).hasSize(3);
    }
  }

  @Test
  void jsonGivesTheNameExactly() {
    try (Worker worker = withChildNamed(PRINTED, launch(""))) {
      assertThat(tree(worker, "--json"))
          .contains("\"name\":\"e\\u001b]0;x\\u000d\\u000af\\u202e\\u009b\"");
    }
  }

  @Test
  void jsonIsUtf8WhateverTheLocale() {
    try (Worker worker = withChildNamed(LETTER, launch(""))) {
      assertThat(tree(worker, "--json")).contains("\"name\":\"\u00e9\"");
    }
  }

  @Test
  void lineOfAnOrderlyEndIsOne() {
    try (Worker worker = withChildNamed(PRINTED, launch("grace=0,"))) {
      worker.say("return");
      assertThat(worker.waitFor(20)).isZero();
      expectNothingRaw(worker.stderr());
      expectLinesOfTheAgentsOwn(worker.stderr());
    }
  }

  /** The sentinel, which is a shell, writes a question mark for what it does not show. */
  @ParameterizedTest
  @ValueSource(strings = {"", "subreaper=true,", "subreaper=true,process-group=true,"})
  void lineOfACrashIsOne(String modes) throws IOException {
    Launch launch = launch(modes + "grace=0,");
    Path log = launch.dir().resolve("log");
    launch.environment("REAPER_LOG_FILE", log.toString());
    try (Worker worker = withChildNamed(IN_A_CRASH, launch)) {
      Proc child = worker.reported("CHILD").get(0);
      // The sentinel takes a moment to be there, and the child is in the ledger before.
      until(worker, () -> !Traces.sentinels(worker).isEmpty());
      worker.launched().kill();
      until(() -> !child.isAlive() && Files.readString(log).contains("killed"));
      expectLinesOfTheAgentsOwn(Files.readString(log));
    }
  }

  @Test
  void argumentsAreOneLineInADebugLog() throws IOException {
    Launch launch = launch("log=debug,");
    Path log = launch.dir().resolve("log");
    launch.environment("REAPER_LOG_FILE", log.toString());
    String script = ": '\033]0;x\n\rreaper-agent: [warn] forged'";
    try (Worker worker = launch.start(Shell.class, script)) {
      worker.sayNothing();
      assertThat(worker.waitFor(20)).isZero();
      assertThat(Files.readString(log))
          .contains("\\u001b]0;x\\n\\rreaper-agent: [warn] forged")
          .matches("[\\P{Cntrl}\n]*");
      assertThat(Files.readString(log).lines())
          .allMatch(line -> line.startsWith("reaper-agent: ["));
    }
  }
}
