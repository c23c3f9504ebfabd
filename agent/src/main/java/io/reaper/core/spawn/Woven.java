package io.reaper.core.spawn;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.posix.PrivateDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Holds ProcessBuilder with the seam in it, and the class that it calls. It is kept from one JVM of
 * this user to the next, in the directory of the ledgers, as weaving needs thirty classes of ASM;
 * what was kept holds only for the very bytes that it was woven from, by the very code that is in
 * the agent's jar now. There is one file for each JVM and agent; one that differs is overwritten.
 */
final class Woven {
  private final byte[] builder;
  private final byte[] seam;

  Woven(byte[] builder, byte[] seam) {
    this.builder = builder;
    this.seam = seam;
  }

  byte[] builder() {
    return builder;
  }

  byte[] seam() {
    return seam;
  }

  /** The classes that decide what is woven. */
  private static final String[] WEAVERS = {
    "io/reaper/core/spawn/Weaver.class",
    "io/reaper/core/spawn/Weaver$1.class",
    "io/reaper/core/spawn/Weaver$Start.class",
    "io/reaper/core/spawn/SeamClass.class",
    "asm.jar"
  };

  /**
   * Returns what was kept, or null if it is absent, not to be trusted, of other bytes, or damaged.
   */
  static Woven read(Path directory, byte[] original) throws IOException {
    byte[] all = PrivateDirectory.readTrusted(file(directory));
    if (all == null || all.length < Long.BYTES) {
      return null;
    }
    // Not a DataInputStream: from JDK 21 on that loads a dozen classes of method handles.
    ByteBuffer in = ByteBuffer.wrap(all);
    // A damaged class would break the application's own start.
    if (in.getLong() != checksum(all) || !Arrays.equals(readBytes(in), original)) {
      return null;
    }
    return new Woven(readBytes(in), readBytes(in));
  }

  private static byte[] readBytes(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return bytes;
  }

  /** Returns the checksum of all that comes after the checksum itself. */
  private static long checksum(byte[] all) {
    CRC32 checksum = new CRC32();
    checksum.update(all, Long.BYTES, all.length - Long.BYTES);
    return checksum.getValue();
  }

  void keep(Path directory, byte[] original) throws IOException {
    byte[][] parts = {original, builder, seam};
    int length = Long.BYTES;
    for (byte[] part : parts) {
      length += Integer.BYTES + part.length;
    }
    byte[] all = new byte[length];
    ByteBuffer out = ByteBuffer.wrap(all).putLong(0);
    for (byte[] part : parts) {
      out.putInt(part.length).put(part);
    }
    out.putLong(0, checksum(all));
    PrivateDirectory.put(file(directory), all);
  }

  private static Path file(Path directory) {
    AgentClassLoader loader = (AgentClassLoader) Woven.class.getClassLoader();
    int key = System.getProperty("java.vm.version", "").hashCode();
    for (String weaver : WEAVERS) {
      key = 31 * key + (int) loader.checksum(weaver);
    }
    return directory.resolve("woven-" + Integer.toHexString(key));
  }
}
