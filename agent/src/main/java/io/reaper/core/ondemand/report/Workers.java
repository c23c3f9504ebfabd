package io.reaper.core.ondemand.report;

import io.reaper.core.observe.WorkerInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts a page together from flight recordings and kill logs, of one worker or of many. */
public final class Workers {
  private final Map<String, Timeline> known = new LinkedHashMap<>();
  private final List<Timeline> unknown = new ArrayList<>();
  private boolean onlyKnown;

  /**
   * Reads the files. With a recording among them, only its worker is told of: the kill log says
   * what became of that worker's processes after a crash.
   *
   * @param worker the pid of the only worker of kill logs to tell of, or 0
   * @throws IOException with the file and the reason in words
   */
  public static Workers of(List<Path> files, int worker) throws IOException {
    Workers workers = new Workers();
    for (Path file : files) {
      if (!isKillLog(file)) {
        workers.add(new Recording(file).read());
      }
    }
    workers.onlyKnown = !workers.known.isEmpty();
    for (Path file : files) {
      if (isKillLog(file)) {
        new KillLogFile(file).tell(workers, worker);
      }
    }
    return workers;
  }

  /** A recording begins with other letters (jdk.jfr.internal, "FLR"). */
  private static boolean isKillLog(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException("there is no such file, or it may not be read");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == '{';
    }
  }

  private void add(Timeline lives) {
    if (lives.worker() == null) {
      unknown.add(lives);
    } else {
      known.put(key(lives.worker()), lives);
    }
  }

  /** Returns what is known of that worker's processes, or null if it is not to be told of. */
  Timeline livesOf(WorkerInfo worker) {
    String key = key(worker);
    return onlyKnown ? known.get(key) : known.computeIfAbsent(key, none -> new Timeline());
  }

  private static String key(WorkerInfo worker) {
    return worker.pid() + "-" + worker.start() + " " + worker.host();
  }

  /** Writes the page. */
  public void write(Path page, String title) throws IOException {
    List<Timeline> all = new ArrayList<>(unknown);
    all.addAll(known.values());
    all.removeIf(Timeline::isEmpty);
    if (all.isEmpty()) {
      throw new IOException("no process of such a worker is in it");
    }
    WorkerInfo only = all.size() == 1 ? all.get(0).worker() : null;
    new Page(all, only == null || only.main().isEmpty() ? title : only.main()).write(page);
  }
}
