package io.reaper.it.support;

import com.sun.jna.Native;
import com.zaxxer.nuprocess.NuProcess;
import io.reaper.it.harness.Launch;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The libraries by which some workers call native code. */
public final class NativeCode {

  private NativeCode() {}

  /** Returns their jars. */
  public static List<Path> jars() {
    return Stream.of(Native.class, NuProcess.class)
        .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
        .map(Path::of)
        .toList();
  }

  /** Returns the class path of a program that calls native code. */
  public static String classPath() {
    return Stream.concat(Stream.of(Launch.classes()), jars().stream())
        .map(Path::toString)
        .collect(Collectors.joining(":"));
  }

  /** Lets a worker call native code. */
  public static Launch in(Launch launch) {
    jars().forEach(launch::classPath);
    return launch;
  }
}
