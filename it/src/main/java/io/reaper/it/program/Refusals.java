package io.reaper.it.program;

import java.io.File;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Steps in which a start fails, or in which the JDK calls the application during it. */
final class Refusals {

  private static final int TOO_LONG = 200_000;

  private Refusals() {}

  /** A start that the system or the JDK refuses. */
  static void refused(Stage stage) throws Exception {
    stage.say("started", stage.starting(refusable(stage)) != null);
    stage.trying("by Runtime", () -> stage.mine(Runtime.getRuntime().exec(badLine(stage))));
    // After a refusal all is as before.
    Process child = stage.start(new ProcessBuilder("sh", "-c", "exit 3"));
    stage.say("after it", child.waitFor());
  }

  private static String badLine(Stage stage) {
    return stage.lot.of("", " \t", Stage.NO_PROGRAM + " word", stage.prop("plain"), "a\0b");
  }

  private static ProcessBuilder refusable(Stage stage) {
    String all = "x".repeat(TOO_LONG);
    ProcessBuilder builder = new ProcessBuilder("true");
    switch (stage.lot.below(18)) {
      case 0 -> builder.command(Stage.NO_PROGRAM);
      case 1 -> builder.command("/no/such/program", "word");
      case 2 -> builder.command(stage.prop("plain"));
      case 3 -> builder.command(stage.props.toString());
      case 4 -> builder.command(stage.prop("no-interpreter"));
      case 5 -> builder.command("true", all);
      case 6 -> builder.environment().put("TOO_LONG", all);
      case 7 -> builder.command("true", "a\0b");
      case 8 -> builder.command("tr\0ue");
      case 9 -> builder.command(List.of());
      case 10 -> builder.command(Arrays.asList("true", null));
      case 11 -> builder.directory(new File(stage.dir.toFile(), "no-such-directory"));
      case 12 -> builder.directory(new File(stage.prop("text")));
      case 13 -> builder.directory(new File("a\0b"));
      case 14 -> builder.command(stage.prop("text") + "/program");
      case 15 -> builder.command("");
      case 16 -> builder.command("x".repeat(5_000));
      default -> builder.environment().clear();
    }
    return builder;
  }

  /** A command that says what reads it, and may throw or be another one the next time. */
  private static final class Watched extends AbstractList<String> {
    private final Stage stage;
    private final List<String> words;
    private final int throwsAt;
    private int reads;

    Watched(Stage stage, List<String> words, int throwsAt) {
      this.stage = stage;
      this.words = words;
      this.throwsAt = throwsAt;
    }

    private void read(String how) {
      reads++;
      stage.say("read " + reads, how);
      stage.transcript.frames("read " + reads, new Throwable().getStackTrace());
      if (reads == throwsAt) {
        throw new IllegalStateException("read once too often");
      }
    }

    @Override
    public String get(int index) {
      read("get " + index);
      return words.get(index);
    }

    @Override
    public int size() {
      read("size");
      return words.size();
    }

    @Override
    public Object[] toArray() {
      read("toArray");
      return words.toArray();
    }

    @Override
    public <T> T[] toArray(T[] array) {
      read("toArray of " + array.length);
      return words.toArray(array);
    }

    @Override
    public String toString() {
      read("toString");
      return words.toString();
    }
  }

  /** A file whose path is asked for in the middle of a start. */
  private static final class Asked extends File {
    private static final long serialVersionUID = 1;
    private final transient Runnable deed;

    Asked(Path file, Runnable deed) {
      super(file.toString());
      this.deed = deed;
    }

    @Override
    public String getPath() {
      deed.run();
      return super.getPath();
    }

    @Override
    public String toString() {
      deed.run();
      return super.toString();
    }
  }

  /** The application's own code runs in the middle of a start, and sees what calls it. */
  static void watched(Stage stage) throws Exception {
    String program = stage.lot.onceIn(4) ? Stage.NO_PROGRAM : "sh";
    List<String> words = List.of(program, "-c", "exit 8");
    ProcessBuilder builder =
        new ProcessBuilder(new Watched(stage, words, stage.lot.of(0, 0, 0, 1, 2)));
    Runnable frames = () -> stage.transcript.frames("file", new Throwable().getStackTrace());
    switch (stage.lot.below(4)) {
      case 0 -> builder.directory(new Asked(stage.dir, frames));
      case 1 -> builder.redirectOutput(new Asked(stage.dir.resolve("out"), frames));
      default -> {}
    }
    Process child = stage.starting(builder);
    stage.say("status", child == null ? "none" : child.waitFor());
  }

  /** A command that does something when the JDK reads it. */
  private static final class Doing extends ArrayList<String> {
    private static final long serialVersionUID = 1;
    private final transient Runnable deed;

    Doing(Runnable deed, String... words) {
      super(List.of(words));
      this.deed = deed;
    }

    @Override
    public <T> T[] toArray(T[] array) {
      deed.run();
      return super.toArray(array);
    }
  }

  /** A start in the middle of another, by the application's own code that the JDK calls there. */
  static void nested(Stage stage) throws Exception {
    Runnable deed = () -> stage.saying("inner", () -> inner(stage));
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exit 11");
    switch (stage.lot.below(4)) {
      case 0 -> builder.directory(new Asked(stage.dir, deed));
      case 1 -> builder.redirectError(new Asked(stage.dir.resolve("err"), deed));
      case 2 -> builder.command(new Doing(() -> nestedAgain(stage, deed), "sh", "-c", "exit 16"));
      default -> builder.command(new Doing(deed, "sh", "-c", "exit 17"));
    }
    Process child = stage.starting(builder);
    stage.say("outer", child.waitFor());
  }

  private static int inner(Stage stage) throws Exception {
    stage.starting(new ProcessBuilder(Stage.NO_PROGRAM));
    return stage.start(new ProcessBuilder("sh", "-c", "exit 12")).waitFor();
  }

  private static void nestedAgain(Stage stage, Runnable deed) {
    stage.starting(new ProcessBuilder(new Doing(deed, Stage.NO_PROGRAM)));
    stage.starting(new ProcessBuilder(new Doing(deed, "sh", "-c", "exit 18")));
  }
}
