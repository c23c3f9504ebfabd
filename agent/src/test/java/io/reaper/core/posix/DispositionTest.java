package io.reaper.core.posix;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DispositionTest {
  private static final long HANDLER = 0x7f00_1234_5678L;

  private final FakePosix posix = new FakePosix();
  private final Disposition chld = new Disposition(posix, Signal.CHLD);

  @Test
  void whatIsNotHandledIsIgnoredAndSetToTheDefault() {
    assertThat(chld.ignore()).isTrue();
    assertThat(posix.disposition(Signal.CHLD)).isEqualTo(Posix.SIG_IGN);
    assertThat(chld.toDefault()).isTrue();
    assertThat(posix.disposition(Signal.CHLD)).isEqualTo(Posix.SIG_DFL);
  }

  @Test
  void handlerStaysWhereItIsUntouched() {
    posix.dispose(Signal.CHLD, HANDLER);
    assertThat(chld.ignore()).isFalse();
    assertThat(chld.toDefault()).isFalse();
    assertThat(posix.calls()).isEmpty();
    assertThat(posix.disposition(Signal.CHLD)).isEqualTo(HANDLER);
  }

  @Test
  void refusedQuestionIsNotFollowedByACall() {
    posix.refuse();
    assertThat(chld.ignore()).isFalse();
    assertThat(posix.calls()).isEmpty();
  }
}
