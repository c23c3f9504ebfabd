package io.reaper.core.proc;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnProcTest {
  private static final int SELF = 42;

  @TempDir private Path root;

  private FakeProc fake;
  private OwnProc self;

  @BeforeEach
  void aJvm() {
    fake = new FakeProc(root).self(process(SELF, 1));
    self = new OwnProc(root.toString());
  }

  @Test
  void childrenFromBeforeTheJvmAreThoseOfItsFirstThread() {
    fake.children(SELF, 90, 91).children(43, 92);
    assertThat(self.childrenAtStart(1)).isEqualTo("90 91 ");
    fake.write("thread-self/children", "93 ");
    assertThat(self.childrenAtStart(1)).isEqualTo("90 91 93 ");
    assertThat(self.children().split(" ")).containsExactlyInAnyOrder("90", "91", "92");
  }

  @Test
  void jvmWithoutChildrenHasNone() {
    fake.children(SELF);
    assertThat(self.childrenAtStart(1)).isEmpty();
    assertThat(self.mayHaveChildrenBeside("")).isFalse();
  }

  @Test
  void thoseFromBeforeAreNoReasonToLook() {
    fake.children(SELF, 90).children(43, 9191);
    assertThat(self.mayHaveChildrenBeside("90 9191 ")).isFalse();
    assertThat(self.mayHaveChildrenBeside("9191 90 ")).isFalse();
    assertThat(self.mayHaveChildrenBeside("90 91 ")).isTrue();
    assertThat(self.mayHaveChildrenBeside("90 19191 ")).isTrue();
    assertThat(self.mayHaveChildrenBeside("")).isTrue();
  }

  @Test
  void ofTwoVariablesOfOneNameTheFirstCountsAsInSystemGetenv() {
    fake.write("self/environ", "REAPER_LOG=info\0OTHER=x\0REAPER_LOG=off\0");
    assertThat(self.environment("REAPER_")).containsExactly(entry("REAPER_LOG", "info"));
  }

  @Test
  void kernelThatListsNoChildrenIsNotBelievedToHaveNone() {
    assertThat(self.childrenAtStart(1)).isNull();
    assertThat(self.mayHaveChildrenBeside(null)).isTrue();
    fake.children(SELF, 90);
    assertThat(self.mayHaveChildrenBeside(null)).isTrue();
  }
}
