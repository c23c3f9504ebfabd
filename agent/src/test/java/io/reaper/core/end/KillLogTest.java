package io.reaper.core.end;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.ProcessEnd;
import io.reaper.core.observe.Reason;
import io.reaper.core.observe.WorkerInfo;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class KillLogTest {
  @TempDir private Path dir;

  private static ProcessEnd named(String name) {
    Reason reason = Reason.of("child");
    return new ProcessEnd(17, 4, name, name, 0, 0, reason, "TERM", 1);
  }

  private static List<String> names(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> line.replaceAll(".*\"name\":\"(.*?)\".*", "$1"))
        .toList();
  }

  @Test
  void eachKillOfALivingWorkerGoesToTheFileThatHasTheNameThen() throws IOException {
    Path file = dir.resolve("kills.json");
    Path rotated = dir.resolve("kills.json.1");
    WorkerInfo worker = new WorkerInfo(4, 44, "host", "Main", "17", "1", "children");
    Log log = Log.toStderr(Log.Level.ERROR);
    KillLog kills = new KillLog(file.toFile(), "worker", worker, KillLog.RUNNING, log);
    kills.processKilled(named("first"));
    Files.move(file, rotated);
    kills.processKilled(named("second"));
    kills.workerEnds(KillLog.ORDERLY);
    kills.processKilled(named("third"));
    kills.processKilled(named("fourth"));
    assertThat(names(rotated)).containsExactly("first");
    assertThat(names(file)).containsExactly("second", "third", "fourth");
  }

  /** A write to a file system that hangs has the lock of the log. */
  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void endThatBeginsDoesNotWaitForALineThatHangs() throws Exception {
    WorkerInfo worker = new WorkerInfo(4, 44, "host", "Main", "17", "1", "children");
    Log log = Log.toStderr(Log.Level.ERROR);
    File file = dir.resolve("kills.json").toFile();
    KillLog kills = new KillLog(file, "worker", worker, KillLog.RUNNING, log);
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread writer =
        new Thread(
            () -> {
              synchronized (kills) {
                hangs.countDown();
                awaitQuietly(end);
              }
            });
    writer.start();
    try {
      hangs.await();
      kills.workerEnds(KillLog.ORDERLY);
      assertThat(end.getCount()).isEqualTo(1);
    } finally {
      end.countDown();
      writer.join();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }
}
