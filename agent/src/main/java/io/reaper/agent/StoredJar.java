package io.reaper.agent;

import java.util.HashMap;
import java.util.Map;

/**
 * Reads a jar in memory whose files are stored and not deflated, so that they stay available
 * whatever becomes of the jar that it came from (APPNOTE.TXT of PKWARE, 4.3.7: the local file
 * headers).
 */
final class StoredJar {
  private static final int HEADER = 30;
  private static final int CHECKSUM = 14;
  private static final int SIZE = 22;
  private static final int NAME_LENGTH = 26;
  private static final int EXTRA_LENGTH = 28;

  private final byte[] bytes;

  /** The position of each file's header. */
  private final Map<String, Integer> files = new HashMap<>(512);

  // The names are ASCII; decoding them by a charset would take longer than all the rest.
  @SuppressWarnings("deprecation")
  StoredJar(byte[] bytes) {
    this.bytes = bytes;
    for (int at = 0;
        bytes[at + 2] == 3 && bytes[at + 3] == 4;
        at = content(at) + number(at + SIZE)) {
      int length = half(at + NAME_LENGTH);
      files.put(new String(bytes, 0, at + HEADER, length), at);
    }
  }

  /** Returns the bytes of that file, or null if there is none. */
  byte[] read(String name) {
    Integer at = files.get(name);
    if (at == null) {
      return null;
    }
    byte[] file = new byte[number(at + SIZE)];
    System.arraycopy(bytes, content(at), file, 0, file.length);
    return file;
  }

  /** Returns the CRC-32 of that file, or zero if there is none. */
  long checksum(String name) {
    Integer at = files.get(name);
    return at == null ? 0 : number(at + CHECKSUM);
  }

  private int content(int at) {
    return at + HEADER + half(at + NAME_LENGTH) + half(at + EXTRA_LENGTH);
  }

  private int number(int at) {
    return half(at + 2) << 16 | half(at);
  }

  private int half(int at) {
    return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
  }
}
