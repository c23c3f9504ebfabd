package io.reaper.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "nginx", "a b\\n\"c\"", "~ é ß 日本 €", "\ud83d\ude00 emoji"})
  void whatCanBeSeenStaysAsItIs(String text) {
    assertThat(Printable.of(text)).isSameAs(text);
  }

  @Test
  void whatATerminalObeysIsWrittenAsItsNumber() {
    assertThat(Printable.of("a\033]0;title\007b")).isEqualTo("a\\u001b]0;title\\u0007b");
    assertThat(Printable.of("\u009b31m\u007f\0")).isEqualTo("\\u009b31m\\u007f\\u0000");
  }

  @Test
  void nothingBeginsALineOfItsOwn() {
    assertThat(Printable.of("x\nreaper-agent: [warn] y\r\tz\u0085\u2028\u2029"))
        .isEqualTo("x\\nreaper-agent: [warn] y\\r\\tz\\u0085\\u2028\\u2029");
  }

  @ParameterizedTest
  @ValueSource(chars = {0x202a, 0x202e, 0x2066, 0x2069, 0x200e, 0x200f, 0x061c})
  void nothingTurnsTheDirectionRound(char control) {
    assertThat(Printable.of("a" + control)).isEqualTo("a\\u%04x".formatted((int) control));
  }

  @Test
  void halfALetterIsWrittenAsItsNumber() {
    assertThat(Printable.of("\ud83d\ude00\ude00\ud83d")).isEqualTo("\ud83d\ude00\\ude00\\ud83d");
    assertThat(Printable.of("\ud83d\ud83d\ude00")).isEqualTo("\\ud83d\ud83d\ude00");
  }

  @Test
  void whateverIsLoggedIsOneLine() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Log.to(out, Log.Level.WARN).warn("killed a\nreaper-agent: [warn] forged\r\033[2J[1]");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("reaper-agent: [warn] killed a\\nreaper-agent: [warn] forged\\r\\u001b[2J[1]\n");
  }
}
