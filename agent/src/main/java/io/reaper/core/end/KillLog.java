package io.reaper.core.end;

import io.reaper.core.observe.CommandText;
import io.reaper.core.observe.Json;
import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observer;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.WorkerInfo;
import io.reaper.core.posix.RegularFile;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;

/**
 * A file with a line of JSON for each process that was ended, or left though it was the worker's.
 * Workers, sentinels and sweepers append to the same one: a line is one write at its end.
 */
public final class KillLog implements Observer {
  /** The worker has ended normally. */
  public static final String ORDERLY = "orderly";

  /** The worker has died without an orderly end. */
  public static final String CRASH = "crash";

  /** An operator has had the process killed, and the worker goes on. */
  public static final String RUNNING = "running";

  private final File file;
  private final String by;
  private final Supplier<WorkerInfo> worker;
  private final Log log;
  private volatile String workerEnd;
  private OutputStream out;
  private boolean refused;

  /**
   * Creates the log; opens nothing before the first line.
   *
   * @param by which part of the agent kills
   * @param worker tells what is known of the worker when a line is written
   * @param workerEnd how the worker has ended
   */
  public KillLog(File file, String by, Supplier<WorkerInfo> worker, String workerEnd, Log log) {
    this.file = file;
    this.by = by;
    this.worker = worker;
    this.workerEnd = workerEnd;
    this.log = log;
  }

  /** Sets how the worker has ended, for the following lines; waits for none that hangs. */
  public void workerEnds(String how) {
    workerEnd = how;
  }

  @Override
  public void processKilled(ProcessEnd process) {
    write(process, "killed", "");
  }

  @Override
  public void processLeft(ProcessEnd process, String why) {
    write(process, "left", why);
  }

  private synchronized void write(ProcessEnd process, String result, String why) {
    String command = process.command();
    WorkerInfo about = worker.get();
    Json line =
        new Json()
            .open()
            .put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())
            .put("host", about.host())
            .put("by", by)
            .put("worker_pid", about.pid())
            .put("worker_start", about.start())
            .put("worker_main", about.main())
            .put("worker_jdk", about.jdk())
            .put("worker_modes", about.modes())
            .put("agent_version", about.agent())
            .put("worker_end", workerEnd)
            .put("result", result)
            .put("pid", process.pid())
            .put("parent_pid", process.parent())
            .put("child_pid", process.reason().child())
            .put("name", process.name())
            .put("command", CommandText.cut(command))
            .put("age_ms", process.ageMillis())
            .put("memory_bytes", process.memoryBytes())
            .put("reason", process.reason().toString())
            .put("started_by", process.reason().startedBy())
            .put("signal", process.signal())
            .put("took_ms", process.tookMillis())
            .put("why_left", why)
            .close();
    try {
      if (out == null && !refused) {
        out = RegularFile.append(file);
      }
      if (out != null) {
        out.write(line.toString().getBytes(StandardCharsets.UTF_8));
      }
      if (out != null && workerEnd.equals(RUNNING)) {
        // It may have been rotated away by the next line, which may be weeks later.
        out.close();
        out = null;
      }
    } catch (IOException reason) {
      if (!refused) {
        log.error("cannot write kill-log=" + file + ": " + reason.getMessage());
      }
      refused = true;
    }
  }
}
