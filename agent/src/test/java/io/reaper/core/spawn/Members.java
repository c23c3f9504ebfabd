package io.reaper.core.spawn;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;

/**
 * The fields and methods of a class file as they stand in it, byte for byte (JVMS 4.1).
 *
 * @param constants the constant pool
 * @param members by name and descriptor
 */
record Members(byte[] constants, Map<String, byte[]> members) {
  private static final int CONSTANTS = 8;

  static Members of(byte[] file) {
    ClassReader reader = new ClassReader(file);
    Map<String, byte[]> members = new LinkedHashMap<>();
    int at = reader.header + 6;
    at += 2 + 2 * reader.readUnsignedShort(at);
    for (String what : new String[] {"field ", "method "}) {
      int count = reader.readUnsignedShort(at);
      at += 2;
      for (int i = 0; i < count; i++) {
        char[] buffer = new char[reader.getMaxStringLength()];
        String name =
            what + reader.readUTF8(at + 2, buffer) + " " + reader.readUTF8(at + 4, buffer);
        int end = endOfAttributes(reader, at + 6);
        members.put(name, Arrays.copyOfRange(file, at, end));
        at = end;
      }
    }
    return new Members(Arrays.copyOfRange(file, CONSTANTS + 2, reader.header), members);
  }

  private static int endOfAttributes(ClassReader reader, int at) {
    int end = at + 2;
    for (int left = reader.readUnsignedShort(at); left > 0; left--) {
      end += 6 + reader.readInt(end + 2);
    }
    return end;
  }
}
