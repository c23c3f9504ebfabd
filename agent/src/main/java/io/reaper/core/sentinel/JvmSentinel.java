package io.reaper.core.sentinel;

import io.reaper.core.ledger.LedgerOfAnother;
import io.reaper.core.ledger.LedgerReader;
import io.reaper.core.posix.Posix;
import io.reaper.core.posix.Signal;
import io.reaper.core.proc.HeldStat;
import io.reaper.core.proc.ProcFs;
import io.reaper.core.proc.ProcessId;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Watches where there is no sh or no setsid: the same protocol as the shell's, and some forty times
 * the memory.
 */
public final class JvmSentinel {
  private static final long LOOK_MILLIS = 1000;

  /** The lifeline breaks a moment before the last of the worker's threads is gone. */
  private static final int SHORT_LOOKS = 10;

  private static final long SHORT_LOOK_MILLIS = 10;

  /** Another process that has locked the ledger so long sweeps it. */
  private static final int MOST_TRIES = 5;

  private JvmSentinel() {}

  /**
   * Runs the starter: waits for its one line, forks the sentinel, and ends. Returns whether it was
   * told to become the sentinel instead.
   */
  public static boolean start(String ledger, String procs) throws IOException {
    String how = readLine(new FileInputStream(FileDescriptor.in));
    if (how == null) {
      throw new IOException("the worker is gone already");
    }
    if (!procs.equals(SentinelCommand.NONE)) {
      // Zero stands for the writer itself (cgroups(7)).
      Files.writeString(Path.of(procs), "0");
    }
    if (how.equals(SentinelCommand.STAY)) {
      return true;
    }
    List<String> command = SentinelCommand.java("sentinel-watch", ledger);
    new ProcessBuilder(command).inheritIO().start();
    return false;
  }

  /**
   * Returns a line, or null at the end of the file; reads no byte more, as what follows is for the
   * sentinel.
   */
  private static String readLine(InputStream lifeline) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int letter = lifeline.read(); letter != '\n'; letter = lifeline.read()) {
      if (letter < 0) {
        return null;
      }
      line.append((char) letter);
    }
    return line.toString();
  }

  /** Runs the sentinel: waits for the end of the worker, and sweeps. */
  public static void watch(File ledger, Posix posix, ProcFs proc, Sweeper sweeper)
      throws IOException, InterruptedException {
    posix.setsid();
    for (Signal deaf : List.of(Signal.TERM, Signal.INT, Signal.HUP)) {
      posix.signal(deaf, Posix.SIG_IGN);
    }
    try (RandomAccessFile held = new RandomAccessFile(ledger, "r")) {
      ProcessId worker = LedgerReader.read(held).worker();
      File opened = proc.own().opened(ledger);
      watch(worker, opened == null ? ledger : opened, ledger, posix, proc, sweeper);
    }
  }

  /**
   * Watches by a ledger that is held open, as its directory may be removed while the worker runs.
   */
  private static void watch(
      ProcessId worker, File opened, File ledger, Posix posix, ProcFs proc, Sweeper sweeper)
      throws IOException, InterruptedException {
    ProcessId self = proc.me().id();
    // Before it can die: where /proc hides processes, not to be seen is no proof.
    HeldStat stat = proc.hold(worker);
    LedgerOfAnother.announce(ledger, self);
    sayNumber(self);
    InputStream lifeline = new FileInputStream(FileDescriptor.in);
    boolean inOrder = false;
    for (String line = readLine(lifeline); line != null; line = readLine(lifeline)) {
      // Any other line means nothing.
      if (line.equals(SentinelCommand.DONE)) {
        return;
      }
      inOrder |= line.equals(SentinelCommand.ENDED);
    }
    // A lifeline that breaks is a hint: execve(2) closes it, and the worker lives on.
    DeathCheck deaths = new DeathCheck(proc, posix, self.pid());
    for (int looks = 0; !(stat != null && stat.isDead() || deaths.isDead(worker)); looks++) {
      Thread.sleep(looks < SHORT_LOOKS ? SHORT_LOOK_MILLIS : LOOK_MILLIS);
      ProcessId watching = ledger.exists() ? LedgerReader.read(ledger).sentinel() : null;
      if (watching != null && !watching.equals(self) && proc.isAlive(watching)) {
        return;
      }
    }
    for (int tries = 1;
        !inOrder
            && sweeper.sweep(opened, ledger).mayBeOtherwise()
            && ledger.exists()
            && tries < MOST_TRIES;
        tries++) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private static void sayNumber(ProcessId self) {
    byte[] number = (self.pid() + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      OutputStream alive = new FileOutputStream(FileDescriptor.out);
      alive.write(number);
    } catch (IOException nobodyListens) {
      // The worker has died meanwhile, as the lifeline is about to say.
      return;
    }
  }
}
