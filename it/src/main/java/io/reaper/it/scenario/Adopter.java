package io.reaper.it.scenario;

import com.sun.jna.Function;
import java.io.IOException;

/** Runs a command below itself, whose orphans come to it. */
public final class Adopter {

  /** prctl(2). */
  private static final int PR_SET_CHILD_SUBREAPER = 36;

  private Adopter() {}

  public static void main(String[] command) throws IOException, InterruptedException {
    Object[] arguments = {PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L};
    if (Function.getFunction("c", "prctl").invokeInt(arguments) != 0) {
      throw new IOException("prctl refused to make this a subreaper");
    }
    System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
  }
}
