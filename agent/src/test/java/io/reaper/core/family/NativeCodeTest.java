package io.reaper.core.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.OwnProc;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeCodeTest {
  private static final String JVM = "7f0000000000-7f0000001000 r-xp 00000000 fe:00 1   ";

  @TempDir private Path root;

  private NativeCode in(String... lines) {
    new FakeProc(root).write("self/maps", lines);
    return new NativeCode(new OwnProc(root.toString()), "/opt/jdk");
  }

  @Test
  void jvmAndTheCLibraryAreNone() {
    assertThat(
            in(
                    JVM + "/opt/jdk/bin/java",
                    JVM + "/opt/jdk/lib/server/libjvm.so",
                    JVM + "/opt/jdk/lib/libnio.so",
                    JVM + "/opt/jdk/lib/libfreetype.so.6 (deleted)",
                    JVM + "/opt/jdk/lib/jspawnhelper",
                    JVM + "/usr/lib/x86_64-linux-gnu/libc.so.6",
                    JVM + "/lib/ld-musl-x86_64.so.1",
                    JVM + "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
                    JVM + "[vdso]",
                    "7f0000000000-7f0000001000 rwxp 00000000 00:00 0 ",
                    "7f0000000000-7f0000001000 r--p 00000000 fe:00 1   /app/data.so",
                    "")
                .isThere())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usr/bin/python3.11",
        "/opt/jdk/lib/libfoo.so",
        "/tmp/jna-3506402/jna1234.tmp (deleted)",
        "/opt/jdk-other/lib/libjava.so",
        "/usr/lib/jni/libfoo.so",
        "/app/libs with spaces/libfoo.so"
      })
  void whateverElseIsMappedAsCodeIs(String file) {
    assertThat(in(JVM + "/opt/jdk/lib/server/libjvm.so", JVM + file).isThere()).isTrue();
  }

  @Test
  void agentsOwnLibraryIsNoneEvenIfAnotherJvmHasReplacedItsFile() {
    NativeCode code = in(JVM + "/tmp/reaper/libjffi-1.so (deleted)");
    code.except(Path.of("/tmp/reaper/libjffi-1.so"));
    assertThat(code.isThere()).isFalse();
  }

  @Test
  void onceThereItIsAlwaysThere() {
    NativeCode code = in(JVM + "/app/libfoo.so");
    assertThat(code.isThere()).isTrue();
    in(JVM + "/opt/jdk/lib/server/libjvm.so");
    assertThat(code.isThere()).isTrue();
  }

  @Test
  void itNeedsNoLibraryWhereJavaCallsTheCLibrary() {
    NativeCode code = in(JVM + "/opt/jdk/lib/server/libjvm.so");
    assertThat(code.isThere()).isFalse();
    code.isCalled();
    assertThat(code.isThere()).isTrue();
  }

  @Test
  void itMayBeThereAsLongAsALookFails() {
    NativeCode code = in(JVM + "/opt/jdk/lib/server/libjvm.so");
    new FakeProc(root).refuse("self/maps");
    assertThat(code.isThere()).isTrue();
    in(JVM + "/opt/jdk/lib/server/libjvm.so");
    assertThat(code.isThere()).isFalse();
  }
}
