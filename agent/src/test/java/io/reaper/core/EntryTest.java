package io.reaper.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class EntryTest {
  @Test
  void changeIsHandedToThePartsThatAFirstStartHasMadeMeanwhile() throws Exception {
    Entry entry = new Entry(Options.defaults(), null, Log.toStderr(Log.Level.OFF));
    Options after = Options.parse("grace=5s", new Properties(), Map.of());
    Reaper made = entry.reaper();
    assertThat(entry.change(after)).isSameAs(made);
    assertThat(entry.options()).isSameAs(after);
  }

  @Test
  void startUnderWayWhenTheAgentIsTakenBackMakesPartsThatDoNothing() throws Exception {
    Options off = Options.parse("enabled=false", new Properties(), Map.of());
    Reaper made = new Entry(off, null, Log.toStderr(Log.Level.OFF)).reaper();
    assertThat(made.modeNames()).isEmpty();
    assertThat(made.recorder().isSilent()).isTrue();
  }

  @Test
  void partsOfAnAgentThatIsOnRecordAndKill() {
    Reaper made = new Entry(Options.defaults(), null, Log.toStderr(Log.Level.OFF)).reaper();
    assertThat(made.modeNames()).containsExactly("children");
    assertThat(made.recorder().isSilent()).isFalse();
  }
}
