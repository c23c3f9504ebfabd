package com.kenai.jffi;

import java.lang.reflect.Field;

/**
 * jffi's native layer, without what its public one brings along: a Cleaner, whose thread wakes up
 * every minute for as long as the JVM lives, and a loader that holds a {@code java.util.logging}
 * Logger, which would fix the LogManager before {@code main}. In jffi's package, as that layer is
 * package-private.
 */
public class Calls {
  /** What newCallContext takes: the call's errno is kept for the thread. */
  private static final int SAVE_ERRNO = 1;

  private final long library;
  private final long threeLongs;
  private final long fourLongs;

  /** For what calls the C library without jffi: loads nothing. */
  protected Calls() {
    library = 0;
    threeLongs = 0;
    fourLongs = 0;
  }

  /** Loads jffi's native part from that file. */
  public Calls(String stub) throws ReflectiveOperationException {
    System.load(stub);
    Field loaded = Init.class.getDeclaredField("loaded");
    loaded.setAccessible(true);
    loaded.setBoolean(null, true);
    Foreign foreign = Foreign.getInstance();
    long type = foreign.lookupBuiltinType(Foreign.TYPE_SINT64);
    threeLongs = foreign.newCallContext(type, new long[] {type, type, type}, SAVE_ERRNO);
    fourLongs = foreign.newCallContext(type, new long[] {type, type, type, type}, SAVE_ERRNO);
    library = Foreign.dlopen(null, Foreign.RTLD_LAZY);
  }

  /** The address of a function of the C library. */
  public long address(String function) {
    long address = Foreign.dlsym(library, function);
    if (address == 0) {
      throw new UnsatisfiedLinkError("no " + function + " in the C library");
    }
    return address;
  }

  /** Calls it with three numbers. */
  public long call(long function, long a, long b, long c) {
    return Foreign.invokeL3(threeLongs, function, a, b, c);
  }

  /** Calls it with four numbers. */
  public long call(long function, long a, long b, long c, long d) {
    return Foreign.invokeL4(fourLongs, function, a, b, c, d);
  }

  /** The errno of this thread's last call. */
  public int errno() {
    return Foreign.getLastError();
  }

  /** The address of so many bytes of memory, until they are freed. */
  public long allocate(int bytes) {
    return Foreign.allocateMemory(bytes, false);
  }

  /** Writes a number there. */
  public void put(long address, long number) {
    Foreign.putLong(address, number);
  }

  /** Writes bytes there. */
  public void put(long address, byte[] bytes) {
    Foreign.putByteArray(address, bytes, 0, bytes.length);
  }

  /** Reads a number there. */
  public long get(long address) {
    return Foreign.getLong(address);
  }

  /** Gives memory back. */
  public void free(long address) {
    Foreign.freeMemory(address);
  }
}
