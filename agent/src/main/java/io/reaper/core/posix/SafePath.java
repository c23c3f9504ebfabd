package io.reaper.core.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Refuses a path that other users can exchange. A directory of mode 0700 alone proves nothing: a
 * user who may write in one above it can put another in its place between a check and an open
 * (renameat2(2), RENAME_EXCHANGE). Where every directory on the way, and every link, is root's or
 * this user's own and no other user may write there, what was checked is what is opened later.
 */
final class SafePath {
  /**
   * The bit by which others may make files, but rename and remove only their own (inode(7),
   * S_ISVTX).
   */
  private static final int STICKY = 01000;

  /**
   * The write bits of group and others: a mode does not tell who is in the group, and an ACL's
   * writers show in the same bit.
   */
  static final int WRITTEN_BY_OTHERS = 022;

  /** The most links that the kernel follows (path_resolution(7)). */
  private static final int MOST_LINKS = 40;

  private static final Integer ROOT = 0;
  private static final Path TOP = Path.of("/");

  /**
   * The last path that was found safe, as every worker asks for the same one several times. Only
   * root or this user could make it unsafe.
   */
  private static volatile Path safe;

  private int links;

  private SafePath() {}

  /** Throws, with the reason in words, unless that directory is there and the way to it is safe. */
  static void check(Path directory) throws IOException {
    if (!directory.equals(safe)) {
      SafePath path = new SafePath();
      path.enter(TOP);
      path.walk(TOP, directory);
      safe = directory;
    }
  }

  /** Returns the user that this JVM runs as. */
  static Object me() throws IOException {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (NoSuchFileException noProc) {
      // A new file is its maker's (open(2)).
      Path mine = Files.createTempFile("reaper-agent", null);
      try {
        return Files.getAttribute(mine, "unix:uid");
      } finally {
        Files.delete(mine);
      }
    }
  }

  private Path walk(Path from, Path names) throws IOException {
    Path at = from;
    for (int i = 0; i < names.getNameCount(); i++) {
      String text = names.getName(i).toString();
      if (text.equals("..")) {
        at = at.getParent() == null ? at : at.getParent();
      } else if (!text.isEmpty() && !text.equals(".")) {
        at = enter(at.resolve(text));
      }
    }
    return at;
  }

  private Path enter(Path path) throws IOException {
    Map<String, Object> seen = look(path);
    Object owner = seen.get("uid");
    // The owner of the top can exchange the JDK itself. In a user namespace that is the number that
    // stands for all users who have none there, root of the outside among them
    // (user_namespaces(7)).
    if (!ROOT.equals(owner) && !owner.equals(me()) && !owner.equals(look(TOP).get("uid"))) {
      throw new IOException(
          path + " belongs to user " + owner + ", who can exchange whatever is below it");
    }
    if (Boolean.TRUE.equals(seen.get("isSymbolicLink"))) {
      if (++links > MOST_LINKS) {
        throw new IOException(path + " is one link too many");
      }
      Path target = Files.readSymbolicLink(path);
      return walk(target.isAbsolute() ? TOP : path.getParent(), target);
    }
    int mode = (Integer) seen.get("mode");
    if ((mode & WRITTEN_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
      throw new IOException(
          path
              + " has mode "
              + Integer.toOctalString(mode & 07777)
              + ": other users can exchange whatever is below it");
    }
    return path;
  }

  private static Map<String, Object> look(Path path) throws IOException {
    try {
      return Files.readAttributes(path, "unix:uid,mode,isSymbolicLink", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException absent) {
      throw new IOException("there is no " + path);
    }
  }
}
