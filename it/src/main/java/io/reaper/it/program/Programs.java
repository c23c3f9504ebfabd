package io.reaper.it.program;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A worker that runs one program after the other, and writes their transcripts beside its report:
 * {@code FROM COUNT}, and whether they may leave orphans, whose end is told where a process reaps
 * them.
 */
public final class Programs {

  /** Where the transcripts are. */
  public static final String TRANSCRIPTS = "transcripts";

  private static final int THREADS = 8;
  private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

  private interface Step {
    void play(Stage stage) throws Exception;
  }

  private static final class Named {
    final String name;
    final Step step;

    Named(String name, Step step) {
      this.name = name;
      this.step = step;
    }
  }

  private static final List<Named> STEPS =
      List.of(
          new Named("redirected", Starts::redirected),
          new Named("redirected", Starts::redirected),
          new Named("redirected", Starts::redirected),
          new Named("by Runtime", Starts::byRuntime),
          new Named("many", Starts::many),
          new Named("ended", Waits::ended),
          new Named("interrupted", Waits::interrupted),
          new Named("futures", Waits::futures),
          new Named("readers", Waits::readers),
          new Named("refused", Refusals::refused),
          new Named("refused", Refusals::refused),
          new Named("watched", Refusals::watched),
          new Named("nested", Refusals::nested),
          new Named("pipeline", Pipes::pipeline),
          new Named("pipeline", Pipes::pipeline),
          new Named("own", Surroundings::own),
          new Named("threads", Surroundings::threads),
          new Named("few descriptors", Surroundings::fewDescriptors));

  /** The JDK looks for the end of a process that is no child after 0.3 s, and not before. */
  private static final int ONE_IS_AN_ORPHAN = 60;

  private static final Named ORPHAN = new Named("orphan", Surroundings::orphan);

  private final Path dir;
  private final Path props;
  private final boolean orphans;

  private Programs(Path dir, boolean orphans) throws IOException {
    this.dir = dir;
    this.props = Stage.writeProps(dir);
    this.orphans = orphans;
    Files.createFile(dir.resolve(TRANSCRIPTS));
  }

  public static void main(String[] args) throws Exception {
    long from = Long.parseLong(args[1]);
    int count = Integer.parseInt(args[2]);
    Programs programs = new Programs(Path.of(args[0]).getParent(), Boolean.parseBoolean(args[3]));
    for (int program = 0; program < count; program++) {
      programs.run(from + program);
    }
    programs.end(new Lot(-from));
  }

  private void run(long seed) throws Exception {
    Lot lot = new Lot(seed);
    int threads = lot.onceIn(10) ? THREADS : 1;
    List<Thread> running = new ArrayList<>();
    List<Transcript> transcripts = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      Path own = Files.createDirectories(dir.resolve("seed " + seed).resolve("of " + thread));
      Transcript transcript = new Transcript(dir, seed + " " + thread + " ");
      transcripts.add(transcript);
      Stage stage = new Stage(lot.split(), transcript, own, props, threads == 1);
      running.add(thread(lot.below(4), () -> play(stage)));
    }
    running.forEach(Thread::start);
    for (Thread thread : running) {
      thread.join();
    }
    transcripts.forEach(this::write);
    delete(dir.resolve("seed " + seed));
  }

  private static Thread thread(int kind, Runnable work) throws ReflectiveOperationException {
    return switch (kind) {
      case 0 -> new Thread(new ThreadGroup("a group"), work, "in a group");
      case 1 -> new Thread(null, work, "without values", 0, false);
      case 2 -> new Thread(work, "a thread");
      default -> virtual(work);
    };
  }

  private static Thread virtual(Runnable work) throws ReflectiveOperationException {
    if (Runtime.version().feature() < FIRST_WITH_VIRTUAL_THREADS) {
      return new Thread(work, "would be virtual");
    }
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    return (Thread)
        Class.forName("java.lang.Thread$Builder")
            .getMethod("unstarted", Runnable.class)
            .invoke(builder, work);
  }

  private void play(Stage stage) {
    Lot lot = stage.lot;
    int steps = stage.alone ? 2 + lot.below(5) : 2;
    for (int step = 0; step < steps; step++) {
      Named drawn = orphans && lot.onceIn(ONE_IS_AN_ORPHAN) ? ORPHAN : lot.of(STEPS);
      stage.lot = lot.split();
      stage.say("step", drawn.name);
      try {
        drawn.step.play(stage);
      } catch (Exception | Error thrown) {
        stage.transcript.thrown("step", thrown);
      }
      try {
        stage.clear();
      } catch (InterruptedException interrupted) {
        stage.transcript.thrown("clear", interrupted);
      }
    }
  }

  private void write(Object text) {
    try {
      Files.writeString(dir.resolve(TRANSCRIPTS), text.toString(), StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As programs end. */
  private void end(Lot lot) {
    switch (lot.below(5)) {
      case 0 -> System.exit(lot.below(100));
      case 1 -> Runtime.getRuntime().halt(lot.below(100));
      case 2 -> throw new IllegalStateException("the end of the last program");
      case 3 -> {
        Transcript transcript = new Transcript(dir, "hook ");
        Stage stage = new Stage(lot, transcript, dir, props, true);
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      play(stage);
                      write(transcript);
                    }));
      }
      default -> {}
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
