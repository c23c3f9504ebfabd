package io.reaper.core.family;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * Has the JDK wait for orphans as it waits for children of its own ({@code
 * ProcessHandleImpl.completion}). What it does by itself for {@code ProcessHandle.onExit} leaves
 * the zombie there, and {@code isAlive} says true of a zombie: with this wait under way, the two
 * agree.
 */
public class OrphanWaits {
  /** Each wait costs a thread of the JDK's, as each child does. */
  private static final int MOST = 100;

  private Method completion;
  private boolean refused;
  private int underWay;

  /** Has the JDK wait for a child of this JVM; returns whether it reaps the child when it ends. */
  boolean begin(int pid) {
    if (underWay >= MOST || refused) {
      return false;
    }
    try {
      if (completion == null) {
        // Where java.lang is not open to the agent yet, or never will be, JDK 11 to 16 would let it
        // in, and print a warning (JEP 261, --illegal-access).
        Class.forName("java.lang.ReaperSeam", false, null);
        Class<?> handles = Class.forName("java.lang.ProcessHandleImpl", false, null);
        Method found = handles.getDeclaredMethod("completion", long.class, boolean.class);
        found.setAccessible(true);
        completion = found;
      }
      completion.invoke(null, (long) pid, true);
      underWay++;
      return true;
    } catch (ClassNotFoundException closed) {
      return false;
    } catch (ReflectiveOperationException other) {
      // This JDK has no such method, or no thread is available.
      refused = !(other instanceof InvocationTargetException);
      return false;
    } catch (RuntimeException closed) {
      return false;
    }
  }

  /** Counts one wait as over. */
  void end() {
    underWay--;
  }
}
