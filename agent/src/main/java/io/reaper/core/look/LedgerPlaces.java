package io.reaper.core.look;

import io.reaper.core.ledger.LedgerDirectory;
import io.reaper.core.options.Option;
import io.reaper.core.posix.PrivateDirectory;
import java.io.File;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds where a command looks for ledgers: where this user's workers keep theirs. */
public final class LedgerPlaces {
  /** Where XDG_RUNTIME_DIR is of each user who has logged in (pam_systemd(8)). */
  private static final String RUNTIMES = "/run/user";

  private final List<File> files = new ArrayList<>();
  private final File named;
  private final File variable;

  /**
   * Finds the places.
   *
   * @param named the only one, or null
   * @param environment of this command, and of the workers that were started beside it
   */
  public LedgerPlaces(String named, Map<String, String> environment) {
    String dir = environment.getOrDefault(Option.DIR.variable(), "").strip();
    this.named = named == null ? null : new File(named);
    variable = named != null || dir.isEmpty() ? null : new File(dir);
    if (named != null) {
      files.add(this.named);
      return;
    }
    if (variable != null) {
      files.add(variable);
    }
    for (File usual : PrivateDirectory.places(environment)) {
      if (!usual.equals(variable)) {
        files.add(usual);
      }
    }
  }

  /** Returns all places, the most likely one first. */
  public List<File> files() {
    return files;
  }

  /**
   * Returns the ledgers in the usual places of all users, as far as this user may list them: root
   * may. What is there says of its owner's processes whatever that user likes.
   *
   * @param others directories that sentinels have named
   */
  Set<File> ofEveryUser(Collection<File> others) {
    Set<File> places = new LinkedHashSet<>(others);
    for (String shared : List.of(System.getProperty("java.io.tmpdir", "/tmp"), "/dev/shm")) {
      for (File each : list(shared)) {
        if (each.getName().startsWith(PrivateDirectory.NAME + "_")) {
          places.add(each);
        }
      }
    }
    for (File user : list(RUNTIMES)) {
      places.add(new File(user, PrivateDirectory.NAME));
    }
    Set<File> ledgers = new LinkedHashSet<>();
    for (File place : places) {
      if (!Files.isSymbolicLink(place.toPath())) {
        ledgers.addAll(LedgerDirectory.in(place));
      }
    }
    return ledgers;
  }

  private static File[] list(String directory) {
    File[] files = new File(directory).listFiles();
    return files == null ? new File[0] : files;
  }

  /** Whether that is the place of REAPER_DIR, which workers do without if it is unsafe. */
  boolean isOptional(File place) {
    return place == variable;
  }

  /** Returns the only place to look in, or null if none was named. */
  File named() {
    return named;
  }

  /** Returns the directories with "and" between them. */
  String inWords() {
    StringBuilder words = new StringBuilder();
    for (File place : files) {
      words.append(words.length() == 0 ? "" : " and ").append(place);
    }
    return words.toString();
  }
}
