package io.reaper.core.family;

import static io.reaper.core.proc.Processes.process;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.proc.FakeProc;
import io.reaper.core.proc.ProcessId;
import io.reaper.core.proc.ProcessInfo;
import io.reaper.core.proc.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Others' orphans may come to a worker that has bystanders, or is the first process. */
class ProvenanceTest {

  private static final int WORKER = 100;
  private static final int CHILD = 200;
  private static final ProcessId BYSTANDER = new ProcessId(90, 900);

  @TempDir Path root;

  private boolean isOurs(int ofTheFirstThread, int ofAnother) {
    ProcessInfo child = process(CHILD, WORKER);
    FakeProc fake = new FakeProc(root).self(process(WORKER, 1)).with(child);
    fake.childrenOf(WORKER, ofTheFirstThread).forkedBy(WORKER, ofAnother);
    Provenance provenance = new Provenance(fake.reader(), WORKER, Set.of(BYSTANDER), 0);
    return provenance.isOurs(child, Snapshot.NONE, List.of(), false);
  }

  @Test
  void childOfAThreadThatHasForkedItIsOurs() {
    assertThat(isOurs(150, CHILD)).isTrue();
  }

  @Test
  void childThatMayHaveBeenAdoptedIsNot() {
    assertThat(isOurs(CHILD, 160)).isFalse();
  }

  /** The kernel may leave it out of the list in which it is (proc(5)). */
  @Test
  void childThatIsInNoListIsNot() {
    assertThat(isOurs(150, 160)).isFalse();
  }
}
