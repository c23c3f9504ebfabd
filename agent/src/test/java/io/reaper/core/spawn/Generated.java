package io.reaper.core.spawn;

import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.commons.ClassRemapper;
import net.bytebuddy.jar.asm.commons.SimpleRemapper;

/** Loads a class from bytes, under other names, each time anew; the JVM verifies it. */
final class Generated extends ClassLoader {
  private Generated() {
    super(Generated.class.getClassLoader());
  }

  static Class<?> load(byte[] bytes, Map<String, String> names) {
    ClassWriter writer = new ClassWriter(0);
    SimpleRemapper remapper = new SimpleRemapper(net.bytebuddy.jar.asm.Opcodes.ASM9, names);
    new ClassReader(bytes).accept(new ClassRemapper(writer, remapper), 0);
    byte[] renamed = writer.toByteArray();
    return new Generated().defineClass(null, renamed, 0, renamed.length);
  }
}
