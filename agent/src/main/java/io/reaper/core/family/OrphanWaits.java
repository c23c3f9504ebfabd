package io.reaper.core.family;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;

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
    } catch (InvocationTargetException noThread) {
      forget(pid);
      return false;
    } catch (ReflectiveOperationException other) {
      // This JDK has no such method.
      refused = true;
      return false;
    } catch (RuntimeException closed) {
      return false;
    }
  }

  /**
   * Removes what the JDK has noted before it had no thread for the wait: it would take that for one
   * that is under way, for the next process of that pid, too.
   */
  private void forget(int pid) {
    try {
      Field completions = completion.getDeclaringClass().getDeclaredField("completions");
      completions.setAccessible(true);
      ((Map<?, ?>) completions.get(null)).remove((long) pid);
    } catch (ReflectiveOperationException | RuntimeException other) {
      // Another JDK: the next look would be told that the wait is under way.
      refused = true;
    }
  }

  /** Counts one wait as over. */
  void end() {
    underWay--;
  }
}
