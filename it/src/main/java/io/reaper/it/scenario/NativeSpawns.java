package io.reaper.it.scenario;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.IntByReference;
import com.zaxxer.nuprocess.NuAbstractProcessHandler;
import com.zaxxer.nuprocess.NuProcessBuilder;
import java.io.IOException;

/** Starts processes past ProcessBuilder, as native code does. */
final class NativeSpawns {

  /** The C library. */
  public interface C extends Library {
    int posix_spawn(
        IntByReference pid,
        String path,
        Pointer actions,
        Pointer attributes,
        StringArray arguments,
        StringArray environment);
  }

  private NativeSpawns() {}

  /** Calls the JDK's native half of ProcessBuilder, which closes what a child is not to inherit. */
  static void nuProcess(String... command) throws IOException {
    NuProcessBuilder builder = new NuProcessBuilder(command);
    builder.setProcessListener(new NuAbstractProcessHandler() {});
    if (builder.start() == null) {
      throw new IOException("NuProcess did not start " + String.join(" ", command));
    }
  }

  /** As JRuby does: the child inherits every descriptor that is not close-on-exec. */
  static void posixSpawn(String... command) throws IOException {
    StringArray environment = new StringArray(new String[] {"PATH=/usr/bin:/bin"});
    int error =
        Native.load("c", C.class)
            .posix_spawn(
                new IntByReference(),
                command[0],
                null,
                null,
                new StringArray(command),
                environment);
    if (error != 0) {
      throw new IOException("posix_spawn answered " + error);
    }
  }
}
