package io.reaper.core.posix;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * A directory of mode 0700 that is this user's own, the way of hsperfdata. One that is another's,
 * or a link, or that others can use, is refused: who can write there can have processes killed, or
 * code loaded.
 */
public final class PrivateDirectory {
  private PrivateDirectory() {}

  /** The variable that names a directory of this user's (XDG Base Directory Specification). */
  public static final String RUNTIME = "XDG_RUNTIME_DIR";

  /** The usual place: below XDG_RUNTIME_DIR, else in the temporary directory. */
  public static File usual(Map<String, String> environment) {
    String runtime = environment.get(RUNTIME);
    return runtime != null && new File(runtime).isDirectory()
        ? new File(runtime, "reaper-agent")
        : below(System.getProperty("java.io.tmpdir"));
  }

  /** This user's own below a directory that all users share. */
  static File below(String shared) {
    return new File(shared, "reaper-agent_" + System.getProperty("user.name"));
  }

  /** Makes it if it is not there; throws, with the reason in words, if it is not safe to use. */
  public static Path open(File place) throws IOException {
    Path path = place.toPath();
    try {
      check(path);
    } catch (NoSuchFileException absent) {
      try {
        Files.createDirectory(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException another) {
        // Another worker of this user was faster, or somebody else: the check tells.
      }
      check(path);
    }
    return path;
  }

  /** Puts a file there, or another in its place; nobody ever reads half of it. */
  public static void put(Path file, byte[] content) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + "." + System.nanoTime() + ".new");
    try {
      Files.write(unfinished, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      // Still there only if that failed, on a disk that is full, for one.
      Files.deleteIfExists(unfinished);
    }
  }

  private static void check(Path path) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(path, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
    if (!Boolean.TRUE.equals(found.get("isDirectory"))) {
      throw new IOException(path + " is no directory, or a link");
    }
    checkOwner(path, found);
    int mode = (Integer) found.get("mode") & 0777;
    if ((mode & 077) != 0) {
      throw new IOException(path + " has mode " + Integer.toOctalString(mode) + ", not 700");
    }
  }

  /** Refuses a file that is a link, or no file, or another's. */
  public static void checkFile(File file) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(file.toPath(), "unix:uid,isRegularFile", LinkOption.NOFOLLOW_LINKS);
    if (!Boolean.TRUE.equals(found.get("isRegularFile"))) {
      throw new IOException(file + " is a link, or no file");
    }
    checkOwner(file.toPath(), found);
  }

  private static void checkOwner(Path path, Map<String, Object> found) throws IOException {
    Object me = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (!found.get("uid").equals(me)) {
      throw new IOException(path + " belongs to user " + found.get("uid") + ", not to " + me);
    }
  }
}
