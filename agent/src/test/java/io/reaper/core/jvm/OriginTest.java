package io.reaper.core.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginTest {
  private static StackTraceElement frame(String type, String method, int line) {
    String file = type.replaceAll(".*[.]", "").replaceAll("[$].*", "") + ".java";
    return new StackTraceElement(type, method, file, line);
  }

  private static Origin origin(Set<String> launchers, StackTraceElement... frames) {
    Origin origin = new Origin(launchers);
    origin.setStackTrace(frames);
    return origin;
  }

  private static Origin transcoding(Set<String> launchers) {
    return origin(
        launchers,
        frame("io.reaper.core.spawn.SpawnRecorder", "started", 1),
        frame("java.lang.ProcessBuilder", "start", 2),
        frame("org.apache.commons.exec.launcher.Java13CommandLauncher", "exec", 3),
        frame("org.apache.commons.exec.DefaultExecutor", "execute", 4),
        frame("com.acme.FFmpeg", "start", 12),
        frame("com.acme.FFmpeg", "start", 30),
        frame("com.acme.Transcoder", "lambda$run$0", 31),
        frame("java.util.concurrent.FutureTask", "run", 5),
        frame("com.acme.Server", "handle", 40),
        frame("com.acme.Main", "main", 50));
  }

  @Test
  void applicationsOwnFrameIsNamedWithTheWayToItAndTheLibrary() {
    assertThat(transcoding(Set.of()).text(1000))
        .isEqualTo(
            "com.acme.FFmpeg.start(FFmpeg.java:12):"
                + " Server.handle → Transcoder.run → FFmpeg.start → commons-exec");
  }

  @Test
  void classThatTheOperatorHasNamedIsALauncher() {
    assertThat(transcoding(Set.of("com.acme.FFmpeg")).text(1000))
        .isEqualTo(
            "com.acme.Transcoder.lambda$run$0(Transcoder.java:31):"
                + " Main.main → Server.handle → Transcoder.run → FFmpeg");
    assertThat(transcoding(Set.of("com.acme.FF")).text(1000)).startsWith("com.acme.FFmpeg.start(");
  }

  @Test
  void packageThatTheOperatorHasNamedIsALauncherWithAllBelowIt() {
    assertThat(transcoding(Set.of("com")).text(1000)).isEqualTo("com.acme.Main.main(Main.java:50)");
  }

  @Test
  void lineIsWholeInWhateverSpaceThereIs() {
    String line = "com.acme.FFmpeg.start(FFmpeg.java:12)";
    Origin origin = transcoding(Set.of());
    assertThat(origin.text(92)).isEqualTo(line + ": Transcoder.run → FFmpeg.start → commons-exec");
    assertThat(origin.text(76)).isEqualTo(line + ": FFmpeg.start → commons-exec");
    assertThat(origin.text(10)).isEqualTo(line);
    assertThat(Origin.lineOf(origin.text(1000))).isEqualTo(line);
    assertThat(Origin.lineOf(line)).isEqualTo(line);
  }

  @Test
  void lineThatHasNoCallerAndNoLibraryBelowSaysAllThereIs() {
    assertThat(origin(Set.of(), frame("com.acme.Main", "main", 7)).text(1000))
        .isEqualTo("com.acme.Main.main(Main.java:7)");
  }

  @ParameterizedTest
  @CsvSource({
    "org.apache.hadoop.util.Shell$ShellCommandExecutor, hadoop Shell",
    "org.codehaus.groovy.runtime.ProcessGroovyMethods, groovy execute",
    "scala.sys.process.ProcessBuilderImpl$Simple, scala.sys.process",
    "hudson.Proc$LocalProc, jenkins Proc",
    "org.zeroturnaround.exec.ProcessExecutor, zt-exec",
  })
  void librariesOfTheFieldAreKnown(String type, String name) {
    assertThat(origin(Set.of(), frame(type, "exec", 1), frame("a.Job", "run", 2)).text(1000))
        .isEqualTo("a.Job.run(Job.java:2): Job.run → " + name);
  }

  @Test
  void languagesOwnCallsAreNoStep() {
    assertThat(
            origin(
                    Set.of(),
                    frame("org.codehaus.groovy.runtime.ProcessGroovyMethods", "execute", 1),
                    frame("org.codehaus.groovy.runtime.callsite.CallSiteArray", "call", 2),
                    frame("Build", "pack", 3),
                    frame("groovy.lang.MetaClassImpl", "invoke", 4),
                    frame("Build", "run", 5))
                .text(1000))
        .isEqualTo("Build.pack(Build.java:3): Build.run → Build.pack → groovy execute");
  }

  @ParameterizedTest
  @CsvSource({
    "a.Job, Job.run",
    "Job, Job.run",
    "a.Job$Step, Step.run",
    "a.Job$1, Job.run",
    "a.Job$Step$2$1, Step.run",
    "a.Job$1Local, Job.run",
    "a.$Proxy7, Proxy7.run",
  })
  void stepIsNamedAsAPersonSaysIt(String type, String step) {
    Origin origin = origin(Set.of(), frame("hudson.Proc", "run", 1), frame(type, "run", 2));
    assertThat(origin.text(1000)).endsWith(": " + step + " → jenkins Proc");
  }

  @Test
  void libraryWithoutAnApplicationIsNamedItself() {
    assertThat(origin(Set.of(), frame("hudson.Proc", "run", 1)).text(1000))
        .isEqualTo("hudson.Proc.run(Proc.java:1)");
    assertThat(origin(Set.of(), frame("java.lang.Thread", "run", 1)).text(1000)).isNull();
  }
}
