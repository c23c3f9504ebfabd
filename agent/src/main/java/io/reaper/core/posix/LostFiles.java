package io.reaper.core.posix;

import java.io.Closeable;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Keeps the agent's files that native code of the application's has closed, as code does that makes
 * itself a daemon. Their descriptors are those of other files by now, which the JDK would close
 * once the garbage collector has found these.
 */
public final class LostFiles {
  private static final Collection<Closeable> LOST = new ConcurrentLinkedQueue<>();

  private LostFiles() {}

  /** Keeps a file, without closing it, for as long as this JVM lives. */
  public static void keep(Closeable file) {
    LOST.add(file);
  }
}
