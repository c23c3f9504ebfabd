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
  /** Each costs a thread of the JDK's, as each child does. */
  private static final int MOST = 100;

  private Method completion;
  private boolean refused;
  private int underWay;

  /** Returns whether the JDK reaps that child of this JVM when it ends. */
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
      // No such method in this JDK, or no thread to be had.
      refused = !(other instanceof InvocationTargetException);
      return false;
    } catch (RuntimeException closed) {
      return false;
    }
  }

  /** One of them is over. */
  void end() {
    underWay--;
  }
}
