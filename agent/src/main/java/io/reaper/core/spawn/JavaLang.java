package io.reaper.core.spawn;

import io.reaper.core.observe.Log;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** The agent's own side of the one class that it adds to {@code java.lang}, see SeamClass. */
final class JavaLang {
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
   * Starts a process as {@code ProcessBuilder.start} does, but tells neither the seam nor a flight
   * recorder of it, nor, from JDK 22 on, a logger: that may be the application's code, and wait for
   * another thread.
   */
  Process start(ProcessBuilder builder) throws IOException {
    Object[] start = {
      builder.command().toArray(new String[0]),
      new ProcessBuilder.Redirect[] {
        builder.redirectInput(), builder.redirectOutput(), builder.redirectError()
      }
    };
    seam.accept(start, builder.environment());
    return (Process) start[0];
  }
}
