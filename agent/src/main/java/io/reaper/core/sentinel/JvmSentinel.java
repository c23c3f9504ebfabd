package io.reaper.core.sentinel;

import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The sentinel where there is no sh or no setsid: the same protocol, and some forty times the
 * memory.
 */
public final class JvmSentinel {
  private JvmSentinel() {}

  /**
   * The starter: waits for its one line, forks the sentinel, and ends. Answers whether it was told
   * to become the sentinel instead.
   */
  public static boolean start(String ledger, String procs) throws IOException {
    String how = readLine(new FileInputStream(FileDescriptor.in));
    if (!procs.isEmpty()) {
      // Zero stands for the writer itself (cgroups(7)).
      Files.writeString(Path.of(procs), "0");
    }
    if (how.equals(Sentinel.STAY)) {
      return true;
    }
    List<String> command = Programs.java("sentinel-watch", ledger);
    new ProcessBuilder(command).inheritIO().start();
    return false;
  }

  /** No byte more: what follows is for the sentinel. */
  private static String readLine(InputStream lifeline) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int letter = lifeline.read(); letter != '\n'; letter = lifeline.read()) {
      if (letter < 0) {
        throw new IOException("the worker is gone already");
      }
      line.append((char) letter);
    }
    return line.toString();
  }

  /** The sentinel: waits for the end of the worker, and sweeps. */
  public static void watch(File ledger, Posix posix, Sweeper sweeper) throws IOException {
    posix.setsid();
    for (Signal deaf : List.of(Signal.TERM, Signal.INT, Signal.HUP)) {
      posix.signal(deaf, Posix.SIG_IGN);
    }
    sayNumber();
    InputStream lifeline = new FileInputStream(FileDescriptor.in);
    byte[] word = new byte[4];
    // Not readNBytes, which seeks on JDK 17, and a pipe cannot. The worker writes it in one piece.
    lifeline.read(word);
    if (!new String(word, StandardCharsets.US_ASCII).equals("done")) {
      sweeper.sweep(ledger);
    }
  }

  private static void sayNumber() {
    byte[] number = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      OutputStream alive = new FileOutputStream(FileDescriptor.out);
      alive.write(number);
    } catch (IOException nobodyListens) {
      // The worker has died meanwhile, as the lifeline is about to say.
      return;
    }
  }
}
