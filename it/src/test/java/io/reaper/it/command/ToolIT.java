package io.reaper.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that ask no worker: doctor, version, completion, and the help of all. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ToolIT(Jdk jdk) {
  private record Answer(int status, String said, String refused) {
    /** The cells of the row that begins with that word, each in one line. */
    private List<String> row(String first) {
      String[] lines = said.split("\n");
      int at = 0;
      while (!lines[at].startsWith(first + " ")) {
        at++;
      }
      int head = at;
      while (!lines[head].matches("[A-Z]+  .*")) {
        head--;
      }
      List<Integer> starts =
          Pattern.compile("(^| {2,})[A-Z]")
              .matcher(lines[head])
              .results()
              .map(r -> r.end() - 1)
              .toList();
      String[] cells = new String[starts.size()];
      Arrays.fill(cells, "");
      do {
        for (int i = 0; i < cells.length; i++) {
          int end = i == cells.length - 1 ? lines[at].length() : starts.get(i + 1);
          int start = Math.min(starts.get(i), lines[at].length());
          String piece =
              lines[at].substring(start, Math.max(start, Math.min(end, lines[at].length())));
          cells[i] = (cells[i] + " " + piece).strip();
        }
        at++;
      } while (at < lines.length && lines[at].startsWith(" "));
      return List.of(cells);
    }
  }

  @BeforeEach
  void assumeAgent() {
    assumeThat(Launch.agentIsOff()).as("the agent is off").isFalse();
  }

  private Answer ask(Launch launch, String... arguments) {
    List<String> words =
        Stream.concat(Stream.of("-jar", Launch.agentJar().toString()), Stream.of(arguments))
            .toList();
    return answer(launch, jdk.java(), words);
  }

  private static Answer answer(Launch launch, Path program, List<String> words) {
    try (Worker tool = launch.start(program, words)) {
      return new Answer(tool.waitFor(30), tool.stdout(), tool.stderr());
    }
  }

  @Test
  void doctorTriesOutWhatTheWorkersWillNeed() {
    Launch launch = Launch.on(jdk);
    Answer doctor = ask(launch, "doctor", "--dir", launch.dir().resolve("ledgers").toString());
    assertThat(doctor.refused).isEmpty();
    assertThat(doctor.row("seam")).element(2).asString().contains(" " + jdk.feature() + ".");
    assertThat(doctor.row("ledger")).element(1).isEqualTo("yes");
    assertThat(doctor.row("native")).element(1).isEqualTo("yes");
    assertThat(doctor.row("prctl")).element(1).isEqualTo("yes");
    assertThat(doctor.row("mark")).element(1).isEqualTo("yes");
    assertThat(doctor.row("subreaper"))
        .containsExactly(
            "subreaper",
            "all descendants",
            "all descendants",
            "in a crash: setters of RLIMIT_LOCKS");
    boolean cgroup = Cgroup2.isWritable();
    assertThat(doctor.row("cgroup")).element(1).isEqualTo(cgroup ? "yes" : "no");
    assertThat(doctor.status).isEqualTo(cgroup ? 0 : 1);
  }

  @Test
  void doctorSaysWhatIsNotHeldWhereTheLedgersHaveNoSafePlace() {
    Answer doctor = ask(Launch.on(jdk), "doctor", "--dir", "/etc");
    assertThat(doctor.status).isEqualTo(1);
    assertThat(doctor.row("ledger")).element(2).asString().contains("/etc", "dir=");
    assertThat(doctor.row("process-group")).contains("not held", "in a crash: all");
    assertThat(ask(Launch.on(jdk), "doctor", "--json", "--dir", "/etc").said)
        .startsWith("{\"well\":false,")
        .contains("{\"check\":\"ledger\",\"here\":false,");
  }

  @Test
  void doctorSeesThatTheWorkersPathHasNoShell() {
    Launch launch = Launch.on(jdk).environment("PATH", "");
    Answer doctor = ask(launch, "doctor", "--dir", launch.dir().resolve("ledgers").toString());
    assertThat(doctor.row("sentinel")).contains("no").element(2).asString().contains("a JVM");
  }

  @Test
  void doctorOfAUserWhoMayNotMakeCgroupsSaysSo() {
    String[] nobody = {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"};
    assumeThat(Machine.canRead(nobody)).as("nobody can run the agent").isTrue();
    Launch launch = Launch.on(jdk).under(nobody);
    Answer doctor = ask(launch, "doctor", "--dir", "/tmp/none/such");
    assertThat(doctor.row("ledger")).contains("no");
    assertThat(doctor.said.lines().filter(line -> line.startsWith("cgroup ")).toList())
        .hasSize(2)
        .satisfiesExactly(
            check -> assertThat(check).contains(" no "),
            mode -> assertThat(mode).contains("not available here"));
    assertThat(doctor.status).isEqualTo(1);
  }

  @Test
  void versionNamesTheAgentTheJvmAndTheKernel() {
    Answer version = ask(Launch.on(jdk), "version");
    assertThat(version.said.lines())
        .satisfiesExactly(
            agent -> assertThat(agent).matches("reaper-agent \\d+\\.\\d+\\S* \\(\\p{XDigit}+\\)"),
            jvm -> assertThat(jvm).contains(" " + jdk.feature() + "."),
            system -> assertThat(system).startsWith("Linux "));
    assertThat(ask(Launch.on(jdk), "--version").said).isEqualTo(version.said);
  }

  @Test
  void bashCompletesTheCommandsAndTheirOptions() {
    assumeThat(Machine.allows("bash", "-c")).as("bash is here").isTrue();
    String script =
        "source <(\"$0\" -jar \"$1\" completion); COMP_WORDS=(reaper-agent \"${@:2}\");"
            + " COMP_CWORD=$(($# - 1)); _complete_reaper-agent; echo \"${COMPREPLY[@]}\"";
    String java = jdk.java().toString();
    String jar = Launch.agentJar().toString();
    List<String> words = List.of("-c", script, java, jar, "do");
    assertThat(answer(Launch.on(jdk), Path.of("bash"), words).said.strip()).isEqualTo("doctor");
    words = List.of("-c", script, java, jar, "ps", "--j");
    assertThat(answer(Launch.on(jdk), Path.of("bash"), words).said.strip()).isEqualTo("--json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attach",
        "ps",
        "tree",
        "run",
        "sweep",
        "doctor",
        "options",
        "version",
        "completion"
      })
  void helpOfEachCommandHasAnExampleThatBeginsAsOneWouldTypeIt(String command) {
    Answer help = ask(Launch.on(jdk), command, "--help");
    assertThat(help.status).isZero();
    assertThat(help.refused).isEmpty();
    assertThat(help.said).contains("Usage: reaper-agent " + command, "Example: ", command);
    assertThat(ask(Launch.on(jdk), "help", command).said).isEqualTo(help.said);
  }
}
