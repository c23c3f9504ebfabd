package io.reaper.core.posix.libc;

import com.kenai.jffi.Calls;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Calls the C library by the JDK itself (JEP 454, JDK 22 and later), where jffi's native part
 * cannot be loaded. It uses reflection, as the agent is compiled for an older Java.
 */
final class ForeignCalls extends Calls {
  private static final int ARGUMENTS = 4;

  private final Object libraries;
  private final Method find;
  private final Method addressOf;
  private final Method segmentAt;
  private final Method withSize;
  private final Method asBuffer;

  /** The handle that takes the address of a function, and its arguments. */
  private final MethodHandle call;

  /** The memory that holds the errno of the latest call of any thread. */
  private final ByteBuffer state;

  private final ThreadLocal<Integer> errno = new ThreadLocal<>();
  private final long malloc;
  private final long free;

  private ForeignCalls() throws ReflectiveOperationException {
    Class<?> linkers = type("Linker");
    Class<?> segments = type("MemorySegment");
    Class<?> options = type("Linker$Option");
    Class<?> layouts = type("MemoryLayout");
    find = type("SymbolLookup").getMethod("find", String.class);
    addressOf = segments.getMethod("address");
    segmentAt = segments.getMethod("ofAddress", long.class);
    withSize = segments.getMethod("reinterpret", long.class);
    asBuffer = segments.getMethod("asByteBuffer");

    Object linker = linkers.getMethod("nativeLinker").invoke(null);
    libraries = linkers.getMethod("defaultLookup").invoke(linker);
    Object number = type("ValueLayout").getField("JAVA_LONG").get(null);
    Object numbers = Array.newInstance(layouts, ARGUMENTS);
    for (int each = 0; each < ARGUMENTS; each++) {
      Array.set(numbers, each, number);
    }
    Class<?> descriptors = type("FunctionDescriptor");
    Object descriptor =
        descriptors.getMethod("of", layouts, numbers.getClass()).invoke(null, number, numbers);
    Object savesErrno = Array.newInstance(options, 1);
    Array.set(
        savesErrno,
        0,
        options
            .getMethod("captureCallState", String[].class)
            .invoke(null, (Object) new String[] {"errno"}));
    MethodHandle any =
        (MethodHandle)
            linkers
                .getMethod("downcallHandle", descriptors, savesErrno.getClass())
                .invoke(linker, descriptor, savesErrno);
    Class<?> arenas = type("Arena");
    Object arena = arenas.getMethod("global").invoke(null);
    Object saved = arenas.getMethod("allocate", long.class, long.class).invoke(arena, 8L, 8L);
    state = ((ByteBuffer) asBuffer.invoke(saved)).order(ByteOrder.nativeOrder());
    call =
        MethodHandles.filterArguments(
            MethodHandles.insertArguments(any, 1, saved),
            0,
            MethodHandles.publicLookup().unreflect(segmentAt));
    malloc = address("malloc");
    free = address("free");
  }

  /**
   * Returns the calls as the type that they stand in for, so that no verifier has to load this
   * class.
   */
  static Calls open() throws ReflectiveOperationException {
    return new ForeignCalls();
  }

  private static Class<?> type(String name) throws ClassNotFoundException {
    return Class.forName("java.lang.foreign.".concat(name));
  }

  @Override
  public long address(String function) {
    try {
      Optional<?> found = (Optional<?>) find.invoke(libraries, function);
      if (found.isPresent()) {
        return (long) addressOf.invoke(found.get());
      }
    } catch (ReflectiveOperationException refused) {
      throw new IllegalStateException(refused);
    }
    throw new UnsatisfiedLinkError("no " + function + " in the C library");
  }

  @Override
  public long call(long function, long a, long b, long c) {
    return call(function, a, b, c, 0);
  }

  @Override
  public long call(long function, long a, long b, long c, long d) {
    try {
      synchronized (state) {
        long answer = (long) call.invokeExact(function, a, b, c, d);
        errno.set(state.getInt(0));
        return answer;
      }
    } catch (Throwable refused) {
      throw new IllegalStateException(refused);
    }
  }

  @Override
  public int errno() {
    return errno.get();
  }

  @Override
  public long allocate(int bytes) {
    return call(malloc, bytes, 0, 0);
  }

  @Override
  public void put(long address, long number) {
    memory(address, Long.BYTES).putLong(number);
  }

  @Override
  public void put(long address, byte[] bytes) {
    memory(address, bytes.length).put(bytes);
  }

  @Override
  public long get(long address) {
    return memory(address, Long.BYTES).getLong();
  }

  @Override
  public void free(long address) {
    call(free, address, 0, 0);
  }

  private ByteBuffer memory(long address, long bytes) {
    try {
      Object there = withSize.invoke(segmentAt.invoke(null, address), bytes);
      return ((ByteBuffer) asBuffer.invoke(there)).order(ByteOrder.nativeOrder());
    } catch (ReflectiveOperationException refused) {
      throw new IllegalStateException(refused);
    }
  }
}
