package io.reaper.core.posix;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {
  @ParameterizedTest
  @EnumSource
  void signalIsFoundByNameByLongNameAndByNumber(Signal signal) {
    assertThat(Signal.of(signal.name())).isEqualTo(signal);
    assertThat(Signal.of("SIG" + signal.name())).isEqualTo(signal);
    assertThat(Signal.of(signal.name().toLowerCase(java.util.Locale.ROOT))).isEqualTo(signal);
    assertThat(Signal.of(String.valueOf(signal.number()))).isEqualTo(signal);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-15", "SIG", "TERMINATE", "SIGSIGTERM", "15 "})
  void whatIsNoSignalIsNotFound(String text) {
    assertThat(Signal.of(text)).isNull();
  }

  @Test
  void numbersAreTheKernels() {
    assertThat(Signal.TERM.number()).isEqualTo(15);
    assertThat(Signal.KILL.number()).isEqualTo(9);
    assertThat(Signal.CONT.number()).isEqualTo(18);
    assertThat(Signal.CHLD.number()).isEqualTo(17);
  }
}
