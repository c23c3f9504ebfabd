package io.reaper.core.contain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
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
    cgroup.killInOneStroke(SELF, Set::of);
    assertThat(killed()).isEqualTo("1");
  }

  @Test
  void keptProcessThatHasEndedIsNoReasonNotToKillTheOthers() throws IOException {
    Files.createDirectory(above.resolve("cgroup.procs"));
    cgroup.killInOneStroke(SELF, () -> Set.of(60));
    assertThat(killed()).isEqualTo("1");
  }

  @Test
  void nothingIsKilledAtOnceIfAKeptProcessCannotBeMovedOut() throws IOException {
    // Refuses what is written to it, as a cgroup does that hands controllers down.
    Files.createDirectory(above.resolve("cgroup.procs"));
    assertThatThrownBy(() -> cgroup.killInOneStroke(SELF, () -> Set.of(51)))
        .isInstanceOf(IOException.class);
    assertThat(killed()).isEmpty();
  }

  @Test
  void nothingIsKilledAtOnceIfItCannotBeSeenWhetherTheWorkerIsAMember() throws IOException {
    Files.delete(leaf.resolve("cgroup.procs"));
    Files.createDirectory(leaf.resolve("cgroup.procs"));
    assertThatThrownBy(() -> cgroup.killInOneStroke(SELF, Set::of)).isInstanceOf(IOException.class);
    assertThat(killed()).isEmpty();
  }

  @Test
  void nothingIsKilledAtOnceIfTheWorkerMayBeAmongMembersThatCouldNotBeRead() throws IOException {
    // As if no descriptor had been free for that one file.
    Files.createDirectories(leaf.resolve("below").resolve("cgroup.procs"));
    assertThatThrownBy(() -> cgroup.killInOneStroke(SELF, Set::of)).isInstanceOf(IOException.class);
    assertThat(killed()).isEmpty();
  }

  @Test
  void threadedCgroupIsLeftOutAsItsProcessesAreListedInTheDomainAboveIt() throws IOException {
    Path below = Files.createDirectory(leaf.resolve("below"));
    Files.createDirectory(below.resolve("cgroup.procs"));
    Files.writeString(below.resolve("cgroup.type"), "threaded\n");
    cgroup.killInOneStroke(SELF, Set::of);
    assertThat(killed()).isEqualTo("1");
  }

  @Test
  void childThatAKeptProcessHasForkedBeforeItWasMovedOutIsMovedOutToo() throws IOException {
    ArrayDeque<Set<Integer>> looks =
        new ArrayDeque<>(List.of(Set.of(50), Set.of(51), Set.of(51, 50)));
    cgroup.killInOneStroke(SELF, looks::remove);
    assertThat(looks).isEmpty();
    assertThat(above.resolve("cgroup.procs")).as("the last to be moved").hasContent("51");
    assertThat(killed()).isEqualTo("1");
  }
}
