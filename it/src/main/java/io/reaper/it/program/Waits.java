package io.reaper.it.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Steps in which a child lives until it is told to end. */
final class Waits {

  private static final int LONG = 60;
  private static final int SHORT_MILLIS = 3;

  private Waits() {}

  /** Waits for a child that ends, in one of the ways that there are. */
  static void forEnd(Stage stage, Process child) throws Exception {
    switch (stage.lot.below(6)) {
      case 0 -> stage.say("ended", child.waitFor(LONG, TimeUnit.SECONDS));
      case 1 -> stage.say("ended", child.onExit().get(LONG, TimeUnit.SECONDS) == child);
      case 2 -> stage.say("ended", child.toHandle().onExit().get(LONG, TimeUnit.SECONDS).isAlive());
      case 3 -> {
        while (child.isAlive()) {
          Thread.sleep(1);
        }
      }
      case 4 -> {
        CompletableFuture<Integer> status = child.onExit().thenApply(Process::exitValue);
        stage.say("future status", status.get(LONG, TimeUnit.SECONDS));
      }
      default -> {}
    }
    stage.say("waited", child.waitFor());
  }

  /** A child that waits for its standard input. */
  private static Process waiting(Stage stage) throws IOException {
    List<String> command =
        switch (stage.lot.below(3)) {
          case 0 -> List.of("sh", "-c", "trap '' TERM; read line; echo $line; read line; exit 4");
          case 1 -> List.of("sh", "-c", "trap 'exit 9' TERM; read l; echo $l; read l; exit 5");
          default -> List.of("cat");
        };
    Process child = stage.start(new ProcessBuilder(command));
    child.getOutputStream().write("ready\n".getBytes(StandardCharsets.UTF_8));
    child.getOutputStream().flush();
    byte[] ready = child.getInputStream().readNBytes("ready\n".length());
    stage.say("child", new String(ready, StandardCharsets.UTF_8));
    return child;
  }

  /** Ends it in one of the ways that there are. */
  private static void end(Stage stage, Process child) throws Exception {
    switch (stage.lot.below(6)) {
      case 0 -> child.destroy();
      case 1 -> stage.say("itself", child.destroyForcibly() == child);
      case 2 -> stage.say("destroyed", child.toHandle().destroyForcibly());
      case 3 -> {
        stage.say("destroyed", child.toHandle().destroy());
        child.getOutputStream().close();
      }
      case 4 -> {
        String pid = String.valueOf(child.pid());
        Process kill = stage.start(new ProcessBuilder("sh", "-c", "kill -s KILL $0", pid));
        stage.say("kill", kill.waitFor());
      }
      default -> child.getOutputStream().close();
    }
    forEnd(stage, child);
    stage.say("status", child.exitValue());
  }

  /** What can be told of a child while it lives, and afterwards. */
  static void ended(Stage stage) throws Exception {
    Process child = waiting(stage);
    ProcessHandle handle = child.toHandle();
    stage.say("alive", child + ", " + child.isAlive() + ", " + handle.isAlive());
    stage.saying("status", child::exitValue);
    stage.say("in time", child.waitFor(SHORT_MILLIS, TimeUnit.MILLISECONDS));
    stage.say("in no time", child.waitFor(0, TimeUnit.MILLISECONDS));
    stage.say("normal end", child.supportsNormalTermination());
    stage.say("info", child.info().command() + " of " + child.info().user());
    stage.say("words", child.info().arguments().map(List::of));
    stage.say("parent", handle.parent().equals(Optional.of(ProcessHandle.current())));
    stage.say("equal", ProcessHandle.of(child.pid()).orElseThrow().equals(handle));
    stage.say("onExit done", child.onExit().isDone());
    if (stage.alone) {
      stage.say(
          "children",
          ProcessHandle.current().children().collect(Collectors.toList()).equals(List.of(handle)));
    }
    stage.saying("waiting for itself", () -> ProcessHandle.current().onExit());
    stage.saying("destroying itself", () -> ProcessHandle.current().destroy());
    end(stage, child);
    stage.say("dead", child + ", " + child.isAlive() + ", " + handle.isAlive());
    stage.say("onExit", child.onExit().get(LONG, TimeUnit.SECONDS) == child);
    stage.say("destroyed again", handle.destroy());
    stage.say("itself again", child.destroyForcibly() == child);
    stage.say("in time again", child.waitFor(-1, TimeUnit.SECONDS));
    stage.say("there", ProcessHandle.of(child.pid()).isPresent());
    child.getInputStream().close();
    stage.saying("read after close", child.getInputStream()::read);
  }

  /** The readers and writers of a child are made once, and the JDK keeps them to their charset. */
  static void readers(Stage stage) throws Exception {
    if (Runtime.version().feature() < 17) {
      return;
    }
    Process child = waiting(stage);
    stage.saying(
        "writer",
        () -> {
          child.outputWriter().write("one line\n");
          child.outputWriter(StandardCharsets.UTF_16).write("?");
          return "written";
        });
    stage.say("same", child.inputReader() == child.inputReader());
    stage.saying("other charset", () -> child.inputReader(StandardCharsets.UTF_16).ready());
    child.outputWriter().close();
    stage.say("read", child.inputReader().lines().collect(Collectors.toList()));
    stage.say("waited", child.waitFor());
  }

  /** Interrupts before a start, before a wait, and in it. */
  static void interrupted(Stage stage) throws Exception {
    Thread.currentThread().interrupt();
    Process child = stage.starting(new ProcessBuilder("cat"));
    stage.say("still interrupted", Thread.currentThread().isInterrupted());
    stage.saying("wait", child::waitFor);
    Thread.currentThread().interrupt();
    stage.saying("wait in time", () -> child.waitFor(LONG, TimeUnit.SECONDS));
    Thread.currentThread().interrupt();
    stage.saying("wait for the future", () -> child.onExit().get());
    stage.say("alive", child.isAlive() + ", " + Thread.interrupted());
    Throwable[] seen = new Throwable[1];
    Thread waiter = new Thread(() -> seen[0] = waitFor(child), "waiter");
    waiter.start();
    while (waiter.getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
    waiter.interrupt();
    waiter.join();
    stage.transcript.thrown("waiter", seen[0]);
    end(stage, child);
  }

  private static Throwable waitFor(Process child) {
    try {
      child.waitFor();
      return null;
    } catch (InterruptedException interrupted) {
      return interrupted;
    }
  }

  /** Futures of one child are many, and none of them is the child. */
  static void futures(Stage stage) throws Exception {
    Process child = waiting(stage);
    CompletableFuture<Process> first = child.onExit();
    CompletableFuture<ProcessHandle> second = child.toHandle().onExit();
    CompletableFuture<Process> third = child.onExit();
    stage.say("cancelled", first.cancel(true) + ", " + child.isAlive());
    stage.saying("too early", () -> second.get(SHORT_MILLIS, TimeUnit.MILLISECONDS));
    stage.say("completed by hand", third.complete(child) + ", " + child.isAlive());
    end(stage, child);
    stage.say("second", second.get(LONG, TimeUnit.SECONDS).pid() == child.pid());
    stage.saying("first", first::get);
  }
}
