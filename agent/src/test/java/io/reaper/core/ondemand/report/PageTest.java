package io.reaper.core.ondemand.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PageTest {
  private static final String TEMPLATE = "<title>@TITLE@</title>@SUMMARY@<script>@DATA@</script>";

  private static String page(String title, String command) {
    Timeline lives = new Timeline();
    lives.started(1, command, "a.B.c(B.java:1)", 0);
    return new Page(List.of(lives), title).fill(TEMPLATE);
  }

  @Test
  void noCommandEndsTheScript() {
    assertThat(page("t", "sh -c </script><script>alert(1)</script><!--"))
        .containsOnlyOnce("<script>")
        .containsOnlyOnce("</script>")
        .doesNotContain("<!--");
  }

  @Test
  void titleIsTextWhateverIsInIt() {
    assertThat(page("<b>&\"@DATA@@SUMMARY@\ud83d\033", "x"))
        .contains("<title>&lt;b>&amp;&quot;@DATA@@SUMMARY@\\ud83d\\u001b</title>");
  }

  @Test
  void commandIsShownInOneLineInItsOrder() {
    assertThat(page("t", "a\u202eb\nc\033"))
        .contains("a\\\\u202eb\\\\nc\\\\u001b")
        .doesNotContain("\u202e", "\033");
  }
}
