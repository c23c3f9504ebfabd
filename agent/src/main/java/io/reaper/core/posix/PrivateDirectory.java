package io.reaper.core.posix;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes and checks a directory of mode 0700 that is this user's own, as hsperfdata is. One that is
 * another user's, or a link, or that others can use, is refused: who can write there can have
 * processes killed, or code loaded.
 */
public final class PrivateDirectory {
  private static final Set<OpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  /** What a ledger needs at its beginning: 256 slots of 128 bytes, and a header. */
  private static final long ROOM = 40 * 1024;

  private PrivateDirectory() {}

  /** What the directory is called in one of this user's own. */
  public static final String NAME = "reaper-agent";

  /** The variable that names a directory of this user's (XDG Base Directory Specification). */
  public static final String RUNTIME = "XDG_RUNTIME_DIR";

  /**
   * Returns the usual place: the first of these that can be used, the same for workers and commands
   * that have the same java.io.tmpdir. After su and sudo -E, XDG_RUNTIME_DIR is another user's.
   */
  public static File usual(Map<String, String> environment) {
    List<File> candidates = candidates(environment);
    for (File each : candidates) {
      if (whyUnusable(each) == null) {
        return each;
      }
    }
    return candidates.get(candidates.size() - 2);
  }

  /**
   * Returns every place where a worker of this user may keep its ledger: the usual one first, then
   * those that were usual while that was full, or read-only.
   */
  public static List<File> places(Map<String, String> environment) {
    List<File> places = new ArrayList<>();
    places.add(usual(environment));
    for (File each : candidates(environment)) {
      if (!places.contains(each) && each.exists() && isSafe(each)) {
        places.add(each);
      }
    }
    return places;
  }

  private static List<File> candidates(Map<String, String> environment) {
    List<File> candidates = new ArrayList<>();
    String runtime = environment.get(RUNTIME);
    // A path that is not absolute is to be ignored (XDG Base Directory Specification).
    if (runtime != null && new File(runtime).isAbsolute() && isOwn(new File(runtime))) {
      candidates.add(new File(runtime, NAME));
    }
    candidates.add(below(System.getProperty("java.io.tmpdir", "/tmp")));
    candidates.add(below("/dev/shm"));
    return candidates;
  }

  private static boolean isSafe(File place) {
    try {
      checkWayTo(place);
      check(path(place));
      return true;
    } catch (IOException unsafe) {
      return false;
    }
  }

  private static boolean isOwn(File directory) {
    try {
      return Files.getAttribute(path(directory), "unix:uid").equals(SafePath.me());
    } catch (IOException absent) {
      return false;
    }
  }

  /** Returns, in words, why nothing can be kept there, or null if it can; makes nothing. */
  public static String whyUnusable(File place) {
    try {
      Path path = path(place);
      Path written = path;
      checkWayTo(place);
      try {
        check(path);
      } catch (NoSuchFileException absent) {
        written = path.getParent();
      }
      if (!written.toFile().canWrite()) {
        return written + " cannot be written to";
      }
      return written.toFile().getUsableSpace() < ROOM ? written + " is full" : null;
    } catch (IOException refused) {
      return refused.getClass() == IOException.class ? refused.getMessage() : refused.toString();
    }
  }

  /** Returns this user's own directory below one that all users share. */
  static File below(String shared) {
    // An application may have removed this property, too, by then.
    return new File(shared, NAME + "_" + System.getProperty("user.name", "unknown"));
  }

  /**
   * Opens the directory, and makes it if it is absent; throws, with the reason in words, if it is
   * not safe to use.
   */
  public static Path open(File place) throws IOException {
    Path path = path(place);
    checkWayTo(place);
    try {
      check(path);
    } catch (NoSuchFileException absent) {
      try {
        Files.createDirectory(path, only("rwx------"));
      } catch (FileAlreadyExistsException another) {
        // Another worker of this user was faster, or another user: the check tells.
      }
      check(path);
    }
    return path;
  }

  private static FileAttribute<Set<PosixFilePermission>> only(String owner) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(owner));
  }

  /** Writes a file there, or replaces it; no reader ever sees half of it. */
  public static void put(Path file, byte[] content) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + "." + System.nanoTime() + ".new");
    try {
      try (OutputStream out =
          Channels.newOutputStream(Files.newByteChannel(unfinished, NEW, only("rw-------")))) {
        out.write(content);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      // Still there only if that failed, for example on a full disk.
      Files.deleteIfExists(unfinished);
    }
  }

  /** Returns the absolute path; throws if the locale's letters cannot write it (LC_ALL=C). */
  private static Path path(File file) throws IOException {
    try {
      return file.toPath().toAbsolutePath();
    } catch (IllegalArgumentException unwritable) {
      throw new IOException("its name cannot be written in this locale");
    }
  }

  /** Throws, with the reason in words, if others can exchange what is above that file. */
  public static void checkWayTo(File file) throws IOException {
    Path path = path(file);
    SafePath.check(path.getParent() == null ? path : path.getParent());
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

  /**
   * Reads a file of a directory that was opened here, which may then be loaded, or defined as a
   * class: it is this user's own, and no other user may write it. As no other user can exchange it
   * either, that still holds for what is opened under its name a moment later. Returns null if it
   * is absent or does not pass.
   */
  public static byte[] readTrusted(Path file) throws IOException {
    if (!isTrusted(file)) {
      return null;
    }
    // Not through Files, whose channels load thirty classes and a socket's.
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      return in.readAllBytes();
    }
  }

  private static boolean isTrusted(Path file) {
    try {
      Map<String, Object> found =
          Files.readAttributes(file, "unix:uid,mode,isRegularFile", LinkOption.NOFOLLOW_LINKS);
      return Boolean.TRUE.equals(found.get("isRegularFile"))
          && found.get("uid").equals(SafePath.me())
          && ((Integer) found.get("mode") & SafePath.WRITTEN_BY_OTHERS) == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  /** Refuses a file that is a link, or not regular, or another user's. */
  public static void checkFile(File file) throws IOException {
    checkWayTo(file);
    check(file, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Refuses what is open under that name in {@code /proc/self/fd}, a link by nature, if it is not
   * regular, or another user's. The way to it is no matter, and may be there no more.
   */
  public static void checkOpened(File descriptor) throws IOException {
    check(descriptor);
  }

  private static void check(File file, LinkOption... links) throws IOException {
    Map<String, Object> found =
        Files.readAttributes(file.toPath(), "unix:uid,isRegularFile", links);
    if (!Boolean.TRUE.equals(found.get("isRegularFile"))) {
      throw new IOException(file + " is a link, or no file");
    }
    checkOwner(file.toPath(), found);
  }

  private static void checkOwner(Path path, Map<String, Object> found) throws IOException {
    Object me = SafePath.me();
    if (!found.get("uid").equals(me)) {
      throw new IOException(path + " belongs to user " + found.get("uid") + ", not to " + me);
    }
  }
}
