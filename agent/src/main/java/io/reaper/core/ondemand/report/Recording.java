package io.reaper.core.ondemand.report;

import io.reaper.core.jvm.Origin;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.WorkerInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

/** Reads the lives of processes from a flight recording. */
final class Recording {
  private static final String OURS = "reaper.";
  private static final String BY = "startedBy";

  private final Path file;

  /** Creates a reader of that file. */
  Recording(Path file) {
    this.file = file;
  }

  /**
   * Reads it.
   *
   * @throws IOException with the reason in words, if it is no recording, or holds no event of the
   *     agent's
   */
  Timeline read() throws IOException {
    List<RecordedEvent> events = new ArrayList<>();
    // An event of another kind that comes last tells how long the worker was watched.
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (event.getEventType().getName().startsWith(OURS)) {
          events.add(event);
        }
      }
    }
    // Each thread of the worker wrote its own events.
    events.sort(Comparator.comparing(RecordedEvent::getStartTime));
    Timeline lives = new Timeline();
    for (RecordedEvent event : events) {
      tell(event, lives);
    }
    if (lives.isEmpty()) {
      throw new IOException(
          "it holds no event of the agent's: was the worker started with the agent, and did it"
              + " start a process while it was recorded?");
    }
    return lives;
  }

  private static void tell(RecordedEvent event, Timeline lives) {
    int pid = (int) event.getLong("pid");
    long at = event.getStartTime().toEpochMilli();
    switch (event.getEventType().getName().substring(OURS.length())) {
      case "ChildStarted":
        lives.started(
            pid,
            event.getString("command"),
            event.hasField(BY) ? event.getString(BY) : startedBy(event),
            at);
        break;
      case "ChildExited":
        lives.exited(
            pid,
            event.getString("command"),
            event.getString("startedBy"),
            event.getInt("status"),
            event.getDuration("lifetime").toMillis(),
            at);
        break;
      case "OrphanAdopted":
        lives.adopted(pid, command(event), reason(event), at);
        break;
      case "OrphanReaped":
        lives.reaped(
            pid, command(event), reason(event), event.getDuration("adoptedFor").toMillis(), at);
        break;
      case "ProcessKilled":
        lives.killed(killed(event), at);
        break;
      case "WorkerInformation":
        lives.of(worker(event), event.getBoolean("ended") ? Told.inOrder(at) : recordedUntil(at));
        break;
      default:
        // The event is of a later version of the agent.
    }
  }

  private static String recordedUntil(long atMillis) {
    return "no orderly end is recorded, was running at " + Told.time(atMillis);
  }

  private static WorkerInfo worker(RecordedEvent event) {
    return new WorkerInfo(
        (int) event.getLong("pid"),
        event.getLong("start"),
        event.getString("host"),
        event.getString("mainClass"),
        event.getString("jdkVersion"),
        event.getString("agentVersion"),
        event.getString("modes"));
  }

  private static ProcessEnd killed(RecordedEvent event) {
    return new ProcessEnd(
        (int) event.getLong("pid"),
        (int) number(event, "parent"),
        event.getString("name"),
        text(event, "command"),
        0,
        event.getDuration("lifetime").toMillis(),
        reason(event),
        event.getString("signal"),
        0);
  }

  private static Told reason(RecordedEvent event) {
    return new Told(text(event, "reason"), text(event, BY), number(event, "child"));
  }

  private static long number(RecordedEvent event, String field) {
    return event.hasField(field) ? event.getLong(field) : 0;
  }

  /** Returns what a field says; empty if it was recorded before there was such a field. */
  private static String text(RecordedEvent event, String field) {
    String text = event.hasField(field) ? event.getString(field) : null;
    return text == null ? "" : text;
  }

  private static String command(RecordedEvent event) {
    String command = text(event, "command");
    return command.isEmpty() ? event.getString("name") : command;
  }

  private static String startedBy(RecordedEvent event) {
    if (event.getStackTrace() != null) {
      for (RecordedFrame frame : event.getStackTrace().getFrames()) {
        RecordedMethod method = frame.getMethod();
        if (frame.isJavaFrame() && !Origin.isJdk(method.getType().getName())) {
          String type = method.getType().getName();
          return type + "." + method.getName() + "(line " + frame.getLineNumber() + ")";
        }
      }
    }
    return "a thread of the JDK's own";
  }
}
