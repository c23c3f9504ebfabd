package io.reaper.core.ledger;

import static io.reaper.core.proc.Processes.id;

import io.reaper.core.proc.ProcessId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Ledgers of a made-up worker. */
public final class Ledgers {
  public static final LedgerContents WORKER =
      new LedgerContents(
          new ProcessId(4711, 123_456_789_012L),
          4711,
          false,
          4000,
          0x1234_5678_9abc_def0L,
          "dc7b6cde-3e0a-4d49-9ab2-0f83d4e8d9f4 pid:[1] time:[2]",
          "children,subreaper TERM 2000 warn keep wishes crash",
          "/var/log/a worker.log",
          "subreaper=true,keep=größer",
          "/sys/fs/cgroup/reaper-4711-123456789012",
          "com.acme.Wörker",
          Set.of(id(500), id(501)),
          Set.of(id(502)),
          null,
          Map.of());

  private Ledgers() {}

  /** Returns an open one of {@link #WORKER}. */
  public static Ledger create(Path path) throws IOException {
    return Ledger.create(path.toFile(), WORKER);
  }

  /** What the ledger of a worker says whose numbers are of that space. */
  public static LedgerContents of(String numberSpace) {
    return new LedgerContents(
        WORKER.worker(),
        0,
        false,
        0,
        0,
        numberSpace,
        "none",
        "",
        "",
        "",
        "",
        Set.of(),
        Set.of(),
        null,
        Map.of());
  }
}
