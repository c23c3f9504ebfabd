package io.reaper.it.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Worker;

/** What a command wrote to stdout and to stderr, and the status it ended with. */
public record Answer(int status, String said, String refused) {

  /** A command may ask a JVM that gives no answer, and waits half a minute for that. */
  private static final int LONGEST_SECONDS = 120;

  /** Waits until the command has ended, and closes it. */
  public static Answer of(Worker command) {
    try (command) {
      return new Answer(command.waitFor(LONGEST_SECONDS), command.stdout(), command.stderr());
    }
  }

  /** Returns what the command said; fails if its status is another than 0. */
  public String mustSucceed() {
    assertThat(status).as(refused).isZero();
    return said;
  }
}
