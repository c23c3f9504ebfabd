package io.reaper.core.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.ledger.Ledger;
import io.reaper.core.ledger.LedgerContents;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartFlagTest {

  private static final LedgerContents WORKER =
      new LedgerContents(
          new ProcessId(100, 1000),
          0,
          false,
          100,
          0,
          "boot pid:[1] time:[1]",
          "children TERM 2000 warn - - crash",
          "",
          "children=true",
          "",
          "Main",
          Set.of(),
          Set.of(),
          null,
          Map.of());

  private final Starts starts = new Starts();
  private final StartFlag flag = starts.flag();
  private File file;
  private Ledger ledger;

  @BeforeEach
  void begin(@TempDir Path directory) throws IOException {
    file = directory.resolve("ledger").toFile();
    ledger = Ledger.create(file, WORKER);
    flag.keepIn(ledger);
  }

  @AfterEach
  void end() throws IOException {
    ledger.close();
  }

  private boolean isRaised() throws IOException {
    String slots = Files.readAllLines(file.toPath()).get(1);
    assertThat(slots).matches("slots +\\d+ +\\d+ [01]");
    return slots.endsWith("1");
  }

  @Test
  void ledgerBeginsInTheMiddleOfTheFirstStart() throws IOException {
    assertThat(isRaised()).isTrue();
  }

  @Test
  void isLoweredAtTheFirstLookAfterTheStart() throws IOException {
    starts.begin();
    flag.lowerIfNone();
    assertThat(isRaised()).isTrue();
    starts.end();
    flag.lowerIfNone();
    assertThat(isRaised()).isFalse();
  }

  @Test
  void isRaisedBeforeTheNextStartForks() throws IOException {
    flag.lowerIfNone();
    starts.begin();
    assertThat(isRaised()).isTrue();
  }

  @Test
  void isRaisedForTheAgentsOwnStart() throws IOException {
    flag.lowerIfNone();
    starts.beginOwn();
    assertThat(isRaised()).isTrue();
  }

  @Test
  void optionsThatChangeLeaveItAsItIs() throws IOException {
    flag.lowerIfNone();
    ledger.change(WORKER);
    assertThat(isRaised()).isFalse();
  }

  @Test
  void isRaisedInALedgerThatIsBegunAnew() throws IOException {
    flag.lowerIfNone();
    ledger.close();
    ledger = Ledger.create(file, WORKER);
    flag.keepIn(ledger);
    assertThat(isRaised()).isTrue();
    flag.lowerIfNone();
    assertThat(isRaised()).isFalse();
  }

  @Test
  void processThatIsEnteredLeavesItAsItIs() throws IOException {
    flag.lowerIfNone();
    for (int pid = 200; pid < 240; pid++) {
      ledger.keep(new ProcessId(pid, pid));
    }
    assertThat(isRaised()).isFalse();
  }
}
