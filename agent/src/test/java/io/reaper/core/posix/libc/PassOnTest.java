package io.reaper.core.posix.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** As a disassembler shows it: the comments in {@link PassOn}. */
class PassOnTest {
  @Test
  void codeHasTheNumberOfTheProcessInIt() {
    assertThat(HexFormat.of().formatHex(PassOn.code("amd64", 0x12345678)))
        .isEqualTo("837e08007f0e89febf78563412b83e0000000f05c3");
    assertThat(HexFormat.of().formatHex(PassOn.code("aarch64", 0x12345678)))
        .isEqualTo("290840b93f010071cc000054e103002a00cf8a528046a272281080d2010000d4c0035fd6");
    assertThat(PassOn.code("riscv64", 1)).isNull();
  }
}
