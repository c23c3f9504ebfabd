package io.reaper.core.contain;

import static io.reaper.core.proc.Processes.named;
import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeepNamesTest {
  @TempDir private Path root;

  private FakeProc proc;

  @BeforeEach
  void anEmptyProc() {
    proc = new FakeProc(root.resolve("proc"));
  }

  private String entryFor(String entry, String name) {
    return new KeepNames(Set.of(entry), proc.reader()).entryFor(named(name, process(100, 42)));
  }

  @ParameterizedTest
  @CsvSource({
    "nginx, nginx",
    "x, /usr/bin/x",
    "/usr/bin/x, /usr/bin/x",
    "/usr/bin/x, /usr/bin/x (deleted)",
    "x, /usr/bin/x (deleted)"
  })
  void executableIsMeantByNameAndByPath(String entry, String executable) {
    proc.executable(100, executable);
    assertThat(entryFor(entry, "some")).isEqualTo(entry);
  }

  @ParameterizedTest
  @CsvSource({"/usr/bin/x, /nowhere/x", "/usr/bin/x, /usr/bin/xx", "x, /usr/bin/y", "x, /x/y"})
  void otherExecutableIsNot(String entry, String executable) {
    proc.executable(100, executable);
    assertThat(entryFor(entry, "some")).isNull();
  }

  @Test
  void executableIsMeantByALinkToIt() throws IOException {
    Path file = Files.createFile(root.resolve("x3.11")).toRealPath();
    Path link = Files.createSymbolicLink(root.resolve("x3"), file);
    proc.executable(100, file.toString());
    assertThat(entryFor(link.toString(), "some")).isEqualTo(link.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "start.sh, sh start.sh",
    "start.sh, -sh start.sh",
    "start.sh, sh ./start.sh one two",
    "/nowhere/start.sh, sh ./start.sh",
    "/nowhere/start.sh, sh ../nowhere/start.sh",
    "start.sh, /bin/sh /nowhere/start.sh",
    "/nowhere/start.sh, /bin/sh /nowhere/start.sh",
    "start.sh, bash -e /nowhere/start.sh",
    "start.sh, bash -euo pipefail /nowhere/start.sh",
    "start.sh, bash --norc +x /nowhere/start.sh",
    "start.sh, sh -- /nowhere/start.sh",
    "app.py, python3.11 -u -W ignore app.py",
    "celery, /usr/bin/python3 -m celery worker",
    "app.pl, perl -w app.pl",
    "app.js, node app.js",
    "mysqld, mysqld --port 1",
  })
  void scriptIsMeantWhileItsInterpreterRuns(String entry, String command) {
    proc.write("100/cmdline", command.replace(' ', '\0') + "\0").link("100/cwd", "/nowhere");
    assertThat(entryFor(entry, "sh")).isEqualTo(entry);
  }

  @ParameterizedTest
  @CsvSource({
    "start.sh, sh -c start.sh",
    "start.sh, bash -ec start.sh",
    "start.sh, python3 -c start.sh",
    "start.sh, sh other.sh start.sh",
    "start.sh, tail -f start.sh",
    "start.sh, sh",
    "start.sh, sh -",
    "pipefail, bash -o pipefail start.sh",
    "/srv/start.sh, sh start.sh",
  })
  void whatOnlyNamesAScriptIsNotThatScript(String entry, String command) {
    proc.write("100/cmdline", command.replace(' ', '\0') + "\0").link("100/cwd", "/nowhere");
    assertThat(entryFor(entry, "sh")).isNull();
  }

  @Test
  void scriptOfAnUnknownInterpreterIsMeantByTheNameThatTheKernelGaveIt() {
    proc.write("100/cmdline", "/nowhere/lang\0-x\0/nowhere/a-script-with-a-long-name\0more\0");
    assertThat(entryFor("a-script-with-a-long-name", "a-script-with-a")).isNotNull();
    assertThat(entryFor("/nowhere/a-script-with-a-long-name", "a-script-with-a")).isNotNull();
    assertThat(entryFor("more", "a-script-with-a")).isNull();
  }
}
