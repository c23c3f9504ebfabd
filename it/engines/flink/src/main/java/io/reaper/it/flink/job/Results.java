package io.reaper.it.flink.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Appends each result to its subtask's file: what is written twice is seen twice. */
final class Results implements Sink<String> {

  private static final long serialVersionUID = 1L;

  private final String dir;

  Results(String dir) {
    this.dir = dir;
  }

  @Override
  public SinkWriter<String> createWriter(WriterInitContext context) {
    Path file = Path.of(dir, String.valueOf(context.getTaskInfo().getIndexOfThisSubtask()));
    return new SinkWriter<>() {
      @Override
      public void write(String result, Context unused) throws IOException {
        Files.writeString(
            file, result + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
