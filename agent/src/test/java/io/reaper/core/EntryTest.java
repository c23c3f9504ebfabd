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
}
