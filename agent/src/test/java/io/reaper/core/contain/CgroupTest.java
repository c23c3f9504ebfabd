package io.reaper.core.contain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leaf in a directory that looks like a cgroup v2; CgroupIT has the real one. */
class CgroupTest {
  private static final int SELF = 42;

  @TempDir private Path above;
  private Path leaf;
  private Cgroup cgroup;

  @BeforeEach
  void aLeafWithTwoMembers() throws IOException {
    leaf = Files.createDirectory(above.resolve("reaper-42-1"));
    Files.write(leaf.resolve("cgroup.procs"), List.of("50", "51"));
    Files.createFile(leaf.resolve("cgroup.kill"));
    cgroup = new Cgroup(leaf.toFile());
  }

  private String killed() throws IOException {
    return Files.readString(leaf.resolve("cgroup.kill"));
  }

  @Test
  void leafIsKilledAtOnceIfNoMemberIsKept() throws IOException {
    cgroup.killInOneStroke(SELF, List.of());
    assertThat(killed()).isEqualTo("1");
  }

  @Test
  void keptProcessThatHasEndedIsNoReasonNotToKillTheOthers() throws IOException {
    Files.createDirectory(above.resolve("cgroup.procs"));
    cgroup.killInOneStroke(SELF, List.of(60));
    assertThat(killed()).isEqualTo("1");
  }

  @Test
  void nothingIsKilledAtOnceIfAKeptProcessCannotBeMovedOut() throws IOException {
    // Refuses what is written to it, as a cgroup does that hands controllers down.
    Files.createDirectory(above.resolve("cgroup.procs"));
    assertThatThrownBy(() -> cgroup.killInOneStroke(SELF, List.of(51)))
        .isInstanceOf(IOException.class);
    assertThat(killed()).isEmpty();
  }

  @Test
  void nothingIsKilledAtOnceIfItCannotBeSeenWhetherTheWorkerIsAMember() throws IOException {
    Files.delete(leaf.resolve("cgroup.procs"));
    Files.createDirectory(leaf.resolve("cgroup.procs"));
    assertThatThrownBy(() -> cgroup.killInOneStroke(SELF, List.of()))
        .isInstanceOf(IOException.class);
    assertThat(killed()).isEmpty();
  }
}
