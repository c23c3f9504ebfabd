package io.reaper.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RecordingsTest {
  @Test
  void endGoesOnThoughTheFlightRecorderFails() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Recordings recordings = new Recordings(null, null, Log.to(said, Log.Level.WARN));
    recordings.takeOver(
        new Thread() {
          @Override
          public void run() {
            throw new IllegalStateException("no room");
          }
        });
    recordings.finish();
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("flight recorder", "no room");
  }
}
