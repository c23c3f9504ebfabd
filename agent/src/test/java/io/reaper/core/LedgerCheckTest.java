package io.reaper.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import io.reaper.core.options.Options;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerCheckTest {
  /** As two containers do that share a directory. */
  @Test
  void workersOfTheSamePidMayTryTheDirectoryAtTheSameTime(@TempDir Path place) throws Exception {
    Options options = Options.parse("dir=" + place.resolve("ledgers"), new Properties(), Map.of());
    Log log = Log.toStderr(Log.Level.OFF);
    assertThat(LedgerCheck.passes(options, log)).isTrue();
    assertThat(IntStream.range(0, 2000).parallel().allMatch(i -> LedgerCheck.passes(options, log)))
        .isTrue();
    assertThat(place.resolve("ledgers")).isEmptyDirectory();
  }
}
