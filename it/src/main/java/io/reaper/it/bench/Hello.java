package io.reaper.it.bench;

import java.io.IOException;

/** The smallest worker: says hello, starts as many children as it is told and waits for each. */
public final class Hello {

  private Hello() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    System.out.println("hello, world");
    for (int i = Integer.parseInt(args[0]); i > 0; i--) {
      new ProcessBuilder("/bin/true").start().waitFor();
    }
  }
}
