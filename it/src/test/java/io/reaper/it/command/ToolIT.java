package io.reaper.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.bench.Hello;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Worker;
import io.reaper.it.support.Answer;
import io.reaper.it.support.Cgroup2;
import io.reaper.it.support.Machine;
import io.reaper.it.support.NeedsAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that ask no worker: doctor, version, completion, and the help of all. */
@NeedsAgent
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record ToolIT(Jdk jdk) {
  /** The cells of the row that begins with that word, each in one line. */
  private static List<String> row(Answer answer, String first) {
    String[] lines = answer.said().split("\n");
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

  private Answer ask(String... arguments) {
    return Answer.of(Launch.on(jdk).tool(arguments));
  }

  @Test
  void doctorTriesOutWhatTheWorkersWillNeed() {
    Launch launch = Launch.on(jdk);
    Answer doctor =
        Answer.of(launch.tool("doctor", "--dir", launch.dir().resolve("ledgers").toString()));
    assertThat(doctor.refused()).isEmpty();
    assertThat(row(doctor, "seam")).element(2).asString().contains(" " + jdk.feature() + ".");
    assertThat(row(doctor, "ledger")).element(1).isEqualTo("yes");
    assertThat(row(doctor, "native")).element(1).isEqualTo("yes");
    assertThat(row(doctor, "prctl")).element(1).isEqualTo("yes");
    assertThat(row(doctor, "mark")).element(1).isEqualTo("yes");
    assertThat(row(doctor, "subreaper"))
        .containsExactly(
            "subreaper",
            "all descendants",
            "all descendants",
            "in a crash: setters of RLIMIT_LOCKS");
    boolean cgroup = Cgroup2.isWritable();
    assertThat(row(doctor, "cgroup")).element(1).isEqualTo(cgroup ? "yes" : "no");
    assertThat(doctor.status()).isEqualTo(cgroup ? 0 : 1);
  }

  @Test
  void doctorSaysWhatIsNotHeldWhereTheLedgersHaveNoSafePlace() {
    Answer doctor = ask("doctor", "--dir", "/etc");
    assertThat(doctor.status()).isEqualTo(1);
    assertThat(row(doctor, "ledger")).element(2).asString().contains("/etc", "dir=");
    assertThat(row(doctor, "process-group")).contains("not held", "in a crash: all");
    assertThat(ask("doctor", "--json", "--dir", "/etc").said())
        .startsWith("{\"well\":false,")
        .contains("{\"check\":\"ledger\",\"here\":false,");
  }

  @Test
  void doctorSeesThatTheWorkersPathHasNoShell() {
    Launch launch = Launch.on(jdk).environment("PATH", "");
    Answer doctor =
        Answer.of(launch.tool("doctor", "--dir", launch.dir().resolve("ledgers").toString()));
    assertThat(row(doctor, "sentinel")).contains("no").element(2).asString().contains("a JVM");
  }

  @Test
  void doctorOfAUserWhoMayNotMakeCgroupsSaysSo() {
    assumeThat(Machine.canRead(Machine.NOBODY)).as("nobody can run the agent").isTrue();
    Launch launch = Launch.on(jdk).under(Machine.NOBODY);
    Answer doctor = Answer.of(launch.tool("doctor", "--dir", "/tmp/none/such"));
    assertThat(row(doctor, "ledger")).contains("no");
    assertThat(doctor.said().lines().filter(line -> line.startsWith("cgroup ")).toList())
        .hasSize(2)
        .satisfiesExactly(
            check -> assertThat(check).contains(" no "),
            mode -> assertThat(mode).contains("not available here"));
    assertThat(doctor.status()).isEqualTo(1);
  }

  /** Else nothing could be asked in an image with a wrong option. */
  @Test
  void commandsAndToolsOfTheJdkRunWhateverTheEnvironmentGivesTheAgent() throws IOException {
    String wrong = "=subreaper=maybe";
    Path copy = Files.copy(Launch.agentJar(), Launch.on(jdk).dir().resolve("copy.jar"));
    for (Path jar : List.of(Launch.agentJar(), copy)) {
      Launch launch = Launch.on(jdk).environment("JAVA_TOOL_OPTIONS", "-javaagent:" + jar + wrong);
      Answer version = Answer.of(launch.tool("version"));
      assertThat(version.mustSucceed()).startsWith("reaper-agent ");
      assertThat(version.refused().lines())
          .singleElement()
          .asString()
          .startsWith("Picked up JAVA_TOOL_OPTIONS");
    }
    Path jcmd = jdk.java().resolveSibling("jcmd");
    assumeThat(jcmd).as("a JRE has no tools").exists();
    Launch launch =
        Launch.on(jdk).environment("JAVA_TOOL_OPTIONS", "-javaagent:" + Launch.agentJar() + wrong);
    assertThat(Answer.of(launch.start(jcmd, List.of("-h"))).mustSucceed()).contains("jcmd");
  }

  /** Whose class path is the jar of the agent's classes, too. */
  @Test
  void applicationThatHasTheAgentInItsOwnJarIsAWorker() throws IOException {
    Launch launch = Launch.on(jdk);
    Path jar = launch.dir().resolve("app.jar");
    try (JarFile agent = new JarFile(Launch.agentJar().toFile());
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      Manifest manifest = agent.getManifest();
      manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Hello.class.getName());
      out.putNextEntry(new ZipEntry(JarFile.MANIFEST_NAME));
      manifest.write(out);
      for (JarEntry entry : (Iterable<JarEntry>) agent.stream()::iterator) {
        if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
          out.putNextEntry(new ZipEntry(entry.getName()));
          agent.getInputStream(entry).transferTo(out);
        }
      }
      String hello = Hello.class.getName().replace('.', '/') + ".class";
      out.putNextEntry(new ZipEntry(hello));
      Files.copy(Launch.classes().resolve(hello), out);
    }
    Worker worker =
        launch.start(
            jdk.java(), List.of("-javaagent:" + jar + "=log=info", "-jar", jar.toString(), "0"));
    assertThat(Answer.of(worker).refused()).contains("[info] version ", " is on, ");
  }

  @Test
  void versionNamesTheAgentTheJvmAndTheKernel() {
    Answer version = ask("version");
    assertThat(version.said().lines())
        .satisfiesExactly(
            agent -> assertThat(agent).matches("reaper-agent \\d+\\.\\d+\\S* \\(\\p{XDigit}+\\)"),
            jvm -> assertThat(jvm).contains(" " + jdk.feature() + "."),
            system -> assertThat(system).startsWith("Linux "));
    assertThat(ask("--version").said()).isEqualTo(version.said());
  }

  private String complete(String... words) {
    String script =
        "source <(\"$0\" -jar \"$1\" completion); COMP_WORDS=(reaper-agent \"${@:2}\");"
            + " COMP_CWORD=$(($# - 1)); _complete_reaper-agent; echo \"${COMPREPLY[@]}\"";
    List<String> arguments = new ArrayList<>(List.of("-c", script));
    arguments.addAll(List.of(jdk.java().toString(), Launch.agentJar().toString()));
    arguments.addAll(List.of(words));
    return Answer.of(Launch.on(jdk).start(Path.of("bash"), arguments)).said().strip();
  }

  @Test
  void bashCompletesTheCommandsAndTheirOptions() {
    assumeThat(Machine.allows("bash", "-c")).as("bash is here").isTrue();
    assertThat(complete("do")).isEqualTo("doctor");
    assertThat(complete("ps", "--j")).isEqualTo("--json");
  }

  @Tag("slow")
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
    Answer help = ask(command, "--help");
    assertThat(help.status()).isZero();
    assertThat(help.refused()).isEmpty();
    assertThat(help.said()).contains("Usage: reaper-agent " + command, "Example: ", command);
    assertThat(ask("help", command).said()).isEqualTo(help.said());
  }
}
