package io.reaper.core.spawn;

import io.reaper.core.observe.Log;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** The agent's own side of the one class that it adds to {@code java.lang}, see SeamClass. */
final class JavaLang {
  /** ProcessBuilder.start, from there on, looks for a logger. */
  private static final int FIRST_JDK_THAT_LOGS = 22;

  private static final int FIRST_FREE_SLOT = 3;
  private static final int LAST_SLOT = 9;

  private final BiConsumer<Object, Object> seam;

  /** Defines the class from its code. */
  @SuppressWarnings("unchecked")
  JavaLang(byte[] code, Instrumentation instrumentation) throws ReflectiveOperationException {
    // As JaCoCo does: Lookup.defineClass needs java.lang opened to us, and nothing on the boot
    // path.
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang", Set.of(JavaLang.class.getModule())),
        Set.of(),
        Map.of());
    Class<?> defined =
        MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup()).defineClass(code);
    Constructor<?> constructor = defined.getDeclaredConstructor();
    constructor.setAccessible(true);
    seam = (BiConsumer<Object, Object>) constructor.newInstance();
  }

  /** Has woven code tell that listener. */
  void tell(BiConsumer<Object, Object> listener) {
    seam.accept(null, listener);
  }

  /** Runs that when the application's own shutdown hooks have finished. */
  void runAtEnd(Runnable work, Log log) {
    for (int slot = FIRST_FREE_SLOT; slot <= LAST_SLOT; slot++) {
      try {
        seam.accept(slot, work);
        return;
      } catch (InternalError taken) {
        log.debug("shutdown slot " + slot + " is taken");
      }
    }
    log.warn("every shutdown slot of this JDK is taken; nothing is killed at an orderly end");
  }

  /**
   * Has the JDK look for the logger that it tells of the starts of that class, and ask it, as it
   * will at the end of the start in hand. To look from {@code java.lang} begins nothing of the
   * application's logging that the start would not.
   */
  void findLogger(String name) {
    if (Runtime.version().feature() >= FIRST_JDK_THAT_LOGS) {
      try {
        seam.accept(name, null);
      } catch (RuntimeException | Error theApplicationsToMeet) {
        // The start in hand is about to throw the same.
        return;
      }
    }
  }
}
