package io.reaper.core.ledger;

import static io.reaper.core.proc.Processes.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTest {
  private static final int SLOT = 128;

  private static final LedgerContents WORKER = Ledgers.WORKER;

  @TempDir private Path directory;

  private File file;

  @BeforeEach
  void aNameForIt() {
    file = directory.resolve("4711-123456789012.ledger").toFile();
  }

  private Map<ProcessId, LedgerEntry> processes() throws IOException {
    return LedgerReader.read(file).processes();
  }

  /** Writes something else over a part of the ledger, where that stands for the first time. */
  private void spoil(String part, String other) throws IOException {
    String text = Files.readString(file.toPath(), StandardCharsets.ISO_8859_1);
    assertThat(text).contains(part);
    String spoilt = text.replaceFirst(Pattern.quote(part), Matcher.quoteReplacement(other));
    Files.writeString(file.toPath(), spoilt, StandardCharsets.ISO_8859_1);
  }

  private void isRefused(String reason) {
    assertThatThrownBy(() -> LedgerReader.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void whatItBeginsWithIsReadBack() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      assertThat(ledger.file()).isEqualTo(file);
      assertThat(LedgerReader.read(file)).usingRecursiveComparison().isEqualTo(WORKER);
    }
  }

  @Test
  void anotherReaderSeesWhatIsEnteredAndWhatIsNoMore() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      ledger.enter(new ProcessId(101, Long.MAX_VALUE), LedgerEntry.Kind.ADOPTED);
      assertThat(processes())
          .isEqualTo(
              Map.of(
                  id(100),
                  new LedgerEntry(LedgerEntry.Kind.CHILD, ""),
                  new ProcessId(101, Long.MAX_VALUE),
                  new LedgerEntry(LedgerEntry.Kind.ADOPTED, "")));
      ledger.clear(List.of(id(100)));
      assertThat(processes()).containsOnlyKeys(new ProcessId(101, Long.MAX_VALUE));
    }
  }

  @Test
  void childIsDescribedByTheEndOfWhatStartedIt() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      ledger.enter(id(101), LedgerEntry.Kind.CHILD);
      ledger.describe(id(100), "com.acme." + "ü".repeat(100) + ".Jöb.run(Job.java:17)");
      assertThat(processes().get(id(100)).startedBy()).endsWith(".Jöb.run(Job.java:17)");
      assertThat(processes().get(id(100))).asString().startsWith("started by ");
      assertThat(processes().get(id(101))).hasToString("recorded child");
      ledger.clear(List.of(id(100)));
      ledger.enter(id(102), LedgerEntry.Kind.CHILD);
      assertThat(processes().get(id(102))).isEqualTo(new LedgerEntry(LedgerEntry.Kind.CHILD, ""));
    }
  }

  @Test
  void changeOfTheWorkerLeavesItsProcessesAndItsSentinel() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      LedgerOfAnother.announce(file, id(600));
      LedgerContents other =
          new LedgerContents(
              WORKER.worker(),
              0,
              false,
              4000,
              0,
              "boot",
              "none",
              "",
              "",
              "",
              "a.Main",
              Set.of(),
              Set.of(),
              null,
              Map.of());
      ledger.change(other);
      LedgerContents changed = LedgerReader.read(file);
      assertThat(changed.sentinel()).isEqualTo(id(600));
      assertThat(changed.processes()).containsOnlyKeys(id(100));
      assertThat(changed.mainClass()).isEqualTo("a.Main");
      assertThat(changed.bystanders()).isEqualTo(WORKER.bystanders());
      assertThat(changed.kept()).isEqualTo(WORKER.kept());
    }
  }

  @Test
  void processThatIsKeptIsKeptUntilItEnds() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      assertThat(ledger.keep(id(100))).isTrue();
      assertThat(ledger.keep(id(100))).isTrue();
      assertThat(LedgerReader.read(file).kept()).containsOnly(id(502), id(100));
      assertThat(processes()).containsOnlyKeys(id(100));
      ledger.clear(List.of(id(100)));
      assertThat(LedgerReader.read(file).kept()).containsOnly(id(502));
      assertThat(processes()).isEmpty();
    }
  }

  @Test
  void everyLineIsForAPersonToRead() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      assertThat(Files.readAllLines(file.toPath()))
          .contains(
              "worker 4711 123456789012",
              "group 4711 4000",
              "cgroup /sys/fs/cgroup/reaper-4711-123456789012",
              "log-file /var/log/a worker.log",
              "main com.acme.Wörker")
          .anyMatch(line -> line.matches("child +100 +\\d+ +"));
    }
  }

  @Test
  void sentinelThatWaitsForItsTurnIsSeen() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER);
        RandomAccessFile access = new RandomAccessFile(ledger.file(), "r")) {
      assertThat(LedgerReader.isHandedOver(access)).isFalse();
      spoil("sentinel", "handover");
      assertThat(LedgerReader.isHandedOver(access)).isTrue();
      assertThat(LedgerReader.read(access)).usingRecursiveComparison().isEqualTo(WORKER);
    }
  }

  @Test
  void whatWasEnteredOutlivesTheWriter() throws IOException {
    Path kept = directory.resolve("kept");
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      Files.createLink(kept, file.toPath());
    }
    assertThat(file).doesNotExist();
    assertThat(LedgerReader.read(kept.toFile()).processes()).containsOnlyKeys(id(100));
  }

  @Test
  void noProcessIsEnteredTwice() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      ledger.enter(id(100), LedgerEntry.Kind.ADOPTED);
      assertThat(processes())
          .isEqualTo(Map.of(id(100), new LedgerEntry(LedgerEntry.Kind.CHILD, "")));
      ledger.clear(List.of(id(100)));
      assertThat(processes()).isEmpty();
    }
  }

  @Test
  void whatIsNearerToTheWorkerIsWhatStands() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.DESCENDANT);
      ledger.enter(id(100), LedgerEntry.Kind.ADOPTED);
      ledger.enter(id(100), LedgerEntry.Kind.DESCENDANT);
      assertThat(processes())
          .isEqualTo(Map.of(id(100), new LedgerEntry(LedgerEntry.Kind.ADOPTED, "")));
    }
  }

  @Test
  void thoseThatAreClearedTogetherTakeNoOtherWithThem() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      for (int pid = 100; pid < 106; pid++) {
        ledger.enter(id(pid), LedgerEntry.Kind.CHILD);
      }
      ledger.clear(List.of(id(104), id(100), id(101)));
      assertThat(processes()).containsOnlyKeys(id(102), id(103), id(105));
    }
  }

  @Test
  void oneThatWasNeverEnteredClearsNone() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      ledger.clear(List.of(id(101)));
      ledger.clear(List.of(new ProcessId(100, 1)));
      assertThat(processes()).containsOnlyKeys(id(100));
    }
  }

  @Test
  void freedSlotIsTakenAgain() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      for (int pid = 100; pid < 356; pid++) {
        ledger.enter(id(pid), LedgerEntry.Kind.CHILD);
      }
      long full = file.length();
      ledger.clear(List.of(id(200)));
      ledger.clear(List.of(id(150)));
      ledger.enter(id(1000), LedgerEntry.Kind.CHILD);
      ledger.enter(id(1001), LedgerEntry.Kind.CHILD);
      assertThat(file).hasSize(full);
      assertThat(processes()).hasSize(256).containsKeys(id(1000), id(1001), id(100), id(355));
    }
  }

  @Test
  void millionChildrenOneAfterTheOtherLeaveASmallFile() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      long empty = file.length();
      for (int start = 0; start < 1_000_000; start++) {
        ProcessId child = new ProcessId(2 + start % 30_000, start);
        ledger.enter(child, LedgerEntry.Kind.CHILD);
        ledger.clear(List.of(child));
      }
      assertThat(file).hasSize(empty);
      assertThat(processes()).isEmpty();
    }
  }

  @Test
  void ledgerGrowsToItsBoundAndThenSaysNo() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      int entered = 0;
      while (entered < 100_000 && ledger.enter(id(2 + entered), LedgerEntry.Kind.CHILD)) {
        entered++;
      }
      assertThat(entered).isGreaterThan(50_000).isLessThan(100_000);
      assertThat(file.length()).isLessThan(20 << 20);
      assertThat(processes()).hasSize(entered);
      assertThat(ledger.enter(id(200_000), LedgerEntry.Kind.CHILD)).isFalse();
      assertThat(ledger.enter(id(3), LedgerEntry.Kind.CHILD)).as("is there already").isTrue();
      ledger.clear(List.of(id(4)));
      assertThat(ledger.enter(id(200_000), LedgerEntry.Kind.CHILD)).isTrue();
      assertThat(processes()).hasSize(entered).containsKey(id(200_000)).doesNotContainKey(id(4));
    }
  }

  @Test
  void thousandLivingChildrenAreAllThere() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      Set<ProcessId> living = new HashSet<>();
      for (int pid = 100; pid < 3100; pid++) {
        ledger.enter(id(pid), LedgerEntry.Kind.CHILD);
        if (pid % 3 == 0) {
          ledger.clear(List.of(id(pid)));
        } else {
          living.add(id(pid));
        }
      }
      assertThat(processes().keySet()).isEqualTo(living);
    }
  }

  @Test
  void ledgerThatIsThereAlreadyIsNotBegunAgain() throws IOException {
    Files.createFile(directory.resolve(file.getName() + ".new"));
    assertThatThrownBy(() -> Ledger.create(file, WORKER))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is there already");
  }

  @Test
  void optionsThatAreTooLongAreRefusedAndLeaveNothingBehind() {
    LedgerContents endless =
        new LedgerContents(
            WORKER.worker(),
            0,
            false,
            0,
            0,
            "boot",
            "none",
            "",
            "keep=" + "x".repeat(70_000),
            "",
            "",
            Set.of(),
            Set.of(),
            null,
            Map.of());
    assertThatThrownBy(() -> Ledger.create(file, endless)).isInstanceOf(IOException.class);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void directoryThatIsNotThereIsRefused() {
    File nowhere = directory.resolve("no/such/1-1.ledger").toFile();
    assertThatThrownBy(() -> Ledger.create(nowhere, WORKER)).isInstanceOf(IOException.class);
  }

  @Test
  void valueOfSeveralLinesIsRefused() {
    LedgerContents broken =
        new LedgerContents(
            WORKER.worker(),
            0,
            false,
            0,
            0,
            "boot",
            "none",
            "/tmp/a\ngroup 1 1",
            "",
            "",
            "",
            Set.of(),
            Set.of(),
            null,
            Map.of());
    assertThatThrownBy(() -> Ledger.create(file, broken))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not one line");
    assertThat(directory).isEmptyDirectory();
  }

  /** Leaves a ledger behind that names a child, as a crash does. */
  private void leaveBehind() throws IOException {
    byte[] last;
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      ledger.enter(id(100), LedgerEntry.Kind.CHILD);
      last = Files.readAllBytes(file.toPath());
    }
    Files.write(file.toPath(), last);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 100, 511, 513, 1025, 5000, 32 << 20})
  void fileOfAnImpossibleLengthIsTorn(int length) throws IOException {
    leaveBehind();
    try (RandomAccessFile access = new RandomAccessFile(file, "rw")) {
      access.setLength(length);
      if (length == 5000) {
        // Long enough for all that is in use.
        assertThat(processes()).containsOnlyKeys(id(100));
      } else {
        isRefused(length < 22 ? "version" : "torn");
      }
    }
  }

  @Test
  void anotherVersionIsRefused() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      spoil("ledger 6", "ledger 7");
      isRefused("version");
      assertThat(ledger.file()).exists();
    }
  }

  /** A shell's job has any number, and others in it. */
  @Test
  void groupOfAJobIsReadAsSuch() throws IOException {
    String written = WORKER.header();
    String job = written.replace("group 4711 4000", "group 4700 4000 job");
    LedgerContents read = LedgerReader.parse(job.getBytes(StandardCharsets.UTF_8));
    assertThat(read.job()).isTrue();
    assertThat(read.group()).isEqualTo(4700);
    assertThat(read.header()).isEqualTo(job);
    assertThat(LedgerReader.parse(written.getBytes(StandardCharsets.UTF_8)).job()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0 4000 job", "4711 4000 jab", "4700 4000", "-1 4000 job", "9999999999 1 job"})
  void groupThatTheAgentDoesNotWriteIsTorn(String group) throws IOException {
    String header = WORKER.header().replace("group 4711 4000", "group " + group);
    assertThatThrownBy(() -> LedgerReader.parse(header.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("torn");
  }

  @Test
  void zerosAreNoLedger() throws IOException {
    Files.write(file.toPath(), new byte[8192]);
    isRefused("version");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "worker 4711|worker 4x11",
        "worker 4711|worker    1",
        "worker 4711|worker -711",
        "worker 4711|worker 4712",
        "group 4711|group 0001",
        "group 4711|group 4700",
        "mark 1|mark x",
        "slots     |slots 9999",
        "slots     |slots   -1",
        "cgroup /|cgruop /",
        "main com|mane com",
        "end |and ",
        "kept |kelt ",
        "kept |\0ept ",
        "bystander |bystander+",
        "sentinel |sentimen ",
        "slots       4       3|slots       4       x",
      })
  void lineThatTheAgentDoesNotWriteIsTorn(String part, String other) throws IOException {
    leaveBehind();
    spoil(part, other.replace("\\0", "\0"));
    isRefused("torn");
    assertThat(file).exists();
  }

  @Test
  void everySlotThatWasUsedIsReadAndNoneBehindThem() throws IOException {
    try (Ledger ledger = Ledger.create(file, WORKER)) {
      int before = WORKER.bystanders().size() + WORKER.kept().size();
      for (int pid = 100; pid < 117; pid++) {
        ledger.enter(id(pid), LedgerEntry.Kind.CHILD);
        assertThat(processes()).hasSize(pid - 99).containsKey(id(pid));
      }
      spoil("slots      20", "slots      16");
      assertThat(processes()).hasSize(16 - before).doesNotContainKey(id(116));
    }
  }
}
