package io.reaper.it.scenario;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.IntByReference;
import com.zaxxer.nuprocess.NuAbstractProcessHandler;
import com.zaxxer.nuprocess.NuProcessBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    int execv(String path, StringArray arguments);

    int fcntl(int descriptor, int command, int argument);

    int close(int descriptor);

    int setuid(int user);
  }

  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int ANOTHER_USER = 65533;
  private static final int FIRST_AFTER_STDERR = 3;

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

  /**
   * Becomes the program that it was started as, as Jenkins does to restart: the pid and the start
   * time stay, and nothing but the standard descriptors.
   */
  static void restart() throws IOException {
    C c = Native.load("c", C.class);
    for (int descriptor : open("")) {
      c.fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    String[] command = Files.readString(Path.of("/proc/self/cmdline")).split("\0");
    int error = c.execv(command[0], new StringArray(command));
    throw new IOException("execv answered " + error);
  }

  /** As a server does that was started with the right to. */
  static void changeUser() throws IOException {
    if (Native.load("c", C.class).setuid(ANOTHER_USER) != 0) {
      throw new IOException("may not change the user");
    }
  }

  /**
   * Closes what is open and has that in its name, but for the standard descriptors, as native code
   * may that makes itself a daemon.
   */
  static void close(String part) throws IOException {
    C c = Native.load("c", C.class);
    for (int descriptor : open(part)) {
      c.close(descriptor);
    }
  }

  private static List<Integer> open(String part) throws IOException {
    List<Integer> open = new ArrayList<>();
    for (String name : new File("/proc/self/fd").list()) {
      int descriptor = Integer.parseInt(name);
      try {
        if (descriptor >= FIRST_AFTER_STDERR
            && Files.readSymbolicLink(Path.of("/proc/self/fd", name)).toString().contains(part)) {
          open.add(descriptor);
        }
      } catch (NoSuchFileException closed) {
        // By another thread since the list was read, or the list's own.
      }
    }
    return open;
  }
}
