package io.reaper.it.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.zip.CRC32;

/** Where one thread of a program plays: its lot, its transcript, its directory, its children. */
final class Stage {

  /** A name that no program has. */
  static final String NO_PROGRAM = "no-program-has-this-name";

  private static final int SHOWN = 2_000;

  /** Each step has one of its own, so that what it draws has no part in what comes later. */
  Lot lot;

  final Transcript transcript;

  /** This thread's own. */
  final Path dir;

  /** Files that all programs find; written before any thread starts a process (ETXTBSY). */
  final Path props;

  /** Whether no other thread of the program starts processes. */
  final boolean alone;

  private final List<Process> started = new ArrayList<>();

  Stage(Lot lot, Transcript transcript, Path dir, Path props, boolean alone) {
    this.lot = lot;
    this.transcript = transcript;
    this.dir = dir;
    this.props = props;
    this.alone = alone;
  }

  /** Writes the files that all programs find. */
  static Path writeProps(Path dir) throws IOException {
    Path props = Files.createDirectory(dir.resolve("props"));
    Files.writeString(props.resolve("text"), "a line\nanother line\n");
    Files.writeString(props.resolve("plain"), "exit 5\n");
    executable(props.resolve("script"), "#!/bin/sh\necho script \"$@\"\nexit 6\n");
    executable(props.resolve("no-interpreter"), "#!/no/such/interpreter\n");
    executable(props.resolve("unmarked"), "echo unmarked\nexit 7\n");
    executable(props.resolve("empty"), "");
    return props;
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make executable: " + file);
    }
  }

  String prop(String name) {
    return props.resolve(name).toString();
  }

  void say(String what, Object seen) {
    transcript.say(what, seen);
  }

  /** Says what a call returns, or throws with all frames. */
  <T> void saying(String what, Callable<T> call) {
    trying(
        what,
        () -> {
          say(what, call.call());
          return null;
        });
  }

  /** Returns what a call does; null if it throws, which it says with all frames. */
  <T> T trying(String what, Callable<T> call) {
    try {
      return call.call();
    } catch (Exception | Error thrown) {
      transcript.thrown(what, thrown);
      return null;
    }
  }

  /** A text, or if it is long what tells it from others. */
  void sayText(String what, byte[] text) {
    if (text.length <= SHOWN) {
      say(what, new String(text, StandardCharsets.UTF_8));
    } else {
      CRC32 sum = new CRC32();
      sum.update(text);
      say(what, text.length + " bytes " + Long.toHexString(sum.getValue()));
    }
  }

  /** Starts a child that is ended with the step. */
  Process start(ProcessBuilder builder) throws IOException {
    return mine(builder.start());
  }

  /** The same, or null when it is refused, which it says. */
  Process starting(ProcessBuilder builder) {
    return trying("start", () -> start(builder));
  }

  Process mine(Process child) {
    started.add(child);
    return child;
  }

  /** Ends all children of a step, and what the step has left of an interrupt. */
  void clear() throws InterruptedException {
    say("interrupted", Thread.interrupted());
    for (Process child : started) {
      child.destroyForcibly();
      child.waitFor();
      close(child.getOutputStream());
      close(child.getInputStream());
      close(child.getErrorStream());
    }
    started.clear();
  }

  private static void close(AutoCloseable stream) {
    try {
      stream.close();
    } catch (Exception broken) {
      // What could not be written any more has no reader.
    }
  }
}
