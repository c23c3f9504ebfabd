package io.reaper.it.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Marks compiled classes as those of Java 11, which workers run on, too. javac does not compile the
 * syntax of Java 17 for it, but nothing of that syntax shows in a class, except records, which stay
 * as they are. What a worker calls must be there in 11.
 */
public final class Java11Classes {
  // JVMS 4.1: magic, minor version, major version.
  private static final int MAJOR_VERSION = 7;
  private static final byte JAVA_11 = 55;

  private Java11Classes() {}

  public static void main(String[] directory) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(directory[0]))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (!new String(bytes, StandardCharsets.ISO_8859_1).contains("java/lang/Record")) {
          bytes[MAJOR_VERSION] = JAVA_11;
          Files.write(file, bytes);
        }
      }
    }
  }
}
