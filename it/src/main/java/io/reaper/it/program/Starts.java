package io.reaper.it.program;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Steps in which children start and end by themselves. */
final class Starts {

  private static final List<String> SIGNALS = List.of("TERM", "KILL", "USR1", "ALRM", "PIPE");

  private Starts() {}

  /** A command that ends when its standard input does. */
  private static List<String> command(Stage stage) {
    Lot lot = stage.lot;
    String status = String.valueOf(lot.below(256));
    return switch (lot.below(7)) {
      case 0 -> List.of("cat");
      case 1 -> List.of("sh", "-c", "cat; echo an error >&2; exit $0", status);
      case 2 -> List.of("sh", "-c", "echo $#: \"$@\"; exec cat >&2", "sh", "a b", "", "c");
      case 3 -> List.of("sh", "-c", "kill -s $0 $$", lot.of(SIGNALS));
      case 4 -> List.of("sh", "-c", "head -c 200000 /dev/zero; exit $0", status);
      case 5 -> List.of(stage.prop(lot.of("script", "unmarked", "empty")), "word");
      default -> List.of("sh", "-c", "exit $0", status);
    };
  }

  /** A child with redirects, a directory and an environment that are drawn. */
  static void redirected(Stage stage) throws Exception {
    Lot lot = stage.lot;
    // Of a step before.
    Files.deleteIfExists(stage.dir.resolve("out"));
    Files.deleteIfExists(stage.dir.resolve("err"));
    View view = lot.onceIn(2) ? View.draw(lot) : null;
    List<String> words = new ArrayList<>(view == null ? command(stage) : view.command());
    ProcessBuilder builder = new ProcessBuilder(words);
    if (view != null && lot.onceIn(3)) {
      words.addAll(0, List.of("sh", "-c", "\"$@\"; exit $?", "sh"));
    }
    if (view == null || lot.onceIn(2)) {
      redirect(stage, builder, view != null);
    }
    if (lot.onceIn(4)) {
      builder.directory(stage.dir.toFile());
    }
    if (lot.onceIn(3)) {
      editEnvironment(stage, builder.environment());
    }
    stage.say("command", String.join(" ", words));
    stage.say(
        "redirects",
        List.of(
            builder.redirectInput(),
            builder.redirectOutput(),
            builder.redirectError(),
            builder.redirectErrorStream()));
    Process child = stage.starting(builder);
    if (child != null) {
      talk(stage, child, view);
      sayFile(stage, "out", view);
      sayFile(stage, "err", null);
    }
  }

  private static void redirect(Stage stage, ProcessBuilder builder, boolean isView)
      throws IOException {
    Lot lot = stage.lot;
    File out = stage.dir.resolve("out").toFile();
    File err = stage.dir.resolve("err").toFile();
    // Of a view only what can be read here can be told.
    if (!isView && lot.onceIn(10)) {
      builder.inheritIO();
      return;
    }
    switch (lot.below(6)) {
      case 0 -> builder.redirectInput(new File(stage.prop("text")));
      case 1 -> builder.redirectInput(new File("/dev/null"));
      case 2 -> builder.redirectInput(Redirect.INHERIT);
      default -> builder.redirectInput(Redirect.PIPE);
    }
    builder.redirectOutput(output(lot, out));
    builder.redirectError(output(lot, err));
    builder.redirectErrorStream(lot.onceIn(4));
    if (isView && builder.redirectOutput() == Redirect.INHERIT) {
      builder.redirectOutput(Redirect.PIPE);
    }
    switch (lot.below(20)) {
      case 0 -> builder.redirectInput(stage.dir.resolve("no-such-file").toFile());
      case 1 -> builder.redirectOutput(stage.dir.toFile());
      case 2 -> builder.redirectError(stage.dir.resolve("none").resolve("err").toFile());
      default -> {}
    }
  }

  private static Redirect output(Lot lot, File file) {
    return switch (lot.below(6)) {
      case 0 -> Redirect.to(file);
      case 1 -> Redirect.appendTo(file);
      case 2 -> Redirect.DISCARD;
      case 3 -> Redirect.INHERIT;
      default -> Redirect.PIPE;
    };
  }

  private static void sayFile(Stage stage, String name, View view) throws IOException {
    Path file = stage.dir.resolve(name);
    if (Files.exists(file)) {
      sayOutput(stage, "file " + name, Files.readAllBytes(file), view);
    }
  }

  private static void sayOutput(Stage stage, String name, byte[] text, View view) {
    if (view == null) {
      stage.sayText(name, text);
    } else {
      stage.say(name + " " + view, view.normal(text));
    }
  }

  /** Edits as an application does; some of them are refused. */
  static void editEnvironment(Stage stage, Map<String, String> environment) {
    Lot lot = stage.lot;
    for (int edit = lot.below(4); edit >= 0; edit--) {
      String name = "EDIT_" + lot.below(4);
      switch (lot.below(12)) {
        case 0 -> environment.clear();
        case 1 -> stage.saying("removed", () -> environment.remove("PATH"));
        case 2 -> environment.keySet().removeIf(key -> key.startsWith("EDIT"));
        case 3 -> stage.saying("put", () -> environment.put(name, "a\0b"));
        case 4 -> stage.saying("put", () -> environment.put("A=B", "c"));
        case 5 -> stage.saying("put", () -> environment.put(name, null));
        case 6 -> environment.put("REAPER_KEEP", "true");
        case 7 -> stage.saying("is there", () -> environment.containsKey(name));
        default -> stage.saying("put", () -> environment.put(name, "with ö, = and\nlines"));
      }
    }
    stage.say("edited", new TreeMap<>(environment).keySet());
  }

  /** Gives a child its input, reads what it says, and waits for its end in a way that is drawn. */
  private static void talk(Stage stage, Process child, View view) throws Exception {
    byte[] text = "to be read\n".repeat(stage.lot.below(3)).getBytes(StandardCharsets.UTF_8);
    try (OutputStream in = child.getOutputStream()) {
      in.write(text);
    } catch (IOException broken) {
      // One that does not read may have ended: whether the pipe is broken is a matter of chance.
    }
    byte[] out = child.getInputStream().readAllBytes();
    byte[] err = child.getErrorStream().readAllBytes();
    Waits.forEnd(stage, child);
    stage.say("status", child.exitValue());
    sayOutput(stage, "out", out, view);
    stage.sayText("err", err);
  }

  /** By way of Runtime. */
  static void byRuntime(Stage stage) throws Exception {
    Runtime runtime = Runtime.getRuntime();
    File dir = stage.lot.onceIn(2) ? stage.dir.toFile() : null;
    String[] words = {"sh", "-c", "echo $A; pwd; exit $B"};
    String[] environment =
        switch (stage.lot.below(4)) {
          case 0 -> null;
          case 1 -> new String[] {};
          case 2 -> new String[] {"A=1", "no assignment", "B=4"};
          default -> new String[] {"A=2", "B=9", "A=3"};
        };
    Process child =
        switch (stage.lot.below(4)) {
          case 0 -> runtime.exec(words, environment, dir);
          case 1 -> runtime.exec(words, environment);
          case 2 -> runtime.exec(words);
          default -> runtime.exec(stage.prop("script") + "  two   words");
        };
    talk(stage, stage.mine(child), null);
  }

  /** Many that live at once, from one builder that changes in between. */
  static void many(Stage stage) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", "cat; exit $0", "0");
    int most = stage.alone ? 12 : 3;
    List<Process> children = new ArrayList<>();
    for (int child = 0; child < most; child++) {
      builder.command().set(3, String.valueOf(stage.lot.below(256)));
      children.add(stage.start(builder));
    }
    if (stage.alone) {
      stage.say("children", ProcessHandle.current().children().count());
    }
    for (Process child : children) {
      talk(stage, child, null);
    }
  }
}
