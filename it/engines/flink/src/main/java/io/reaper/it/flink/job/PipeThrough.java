package io.reaper.it.flink.job;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/** Has an external program square each number, as one does with a model server or a converter. */
final class PipeThrough extends RichMapFunction<Long, Long> {

  private static final long serialVersionUID = 1L;
  private static final long PACE_MILLIS = 20;
  private static final String PROGRAM =
      "echo \"PIPE $$\" >> \"${0%/*}/report\"; while read -r n; do echo $((n * n)); done";

  private final String gate;
  private transient Process program;
  private transient PrintWriter in;
  private transient BufferedReader out;
  private transient boolean open;

  PipeThrough(String gate) {
    this.gate = gate;
  }

  @Override
  public void open(OpenContext context) throws IOException {
    Helpers.start();
    program = new ProcessBuilder("sh", "-c", PROGRAM, Helpers.LEAF).start();
    in = new PrintWriter(program.getOutputStream(), true, StandardCharsets.UTF_8);
    out = program.inputReader(StandardCharsets.UTF_8);
  }

  @Override
  public Long map(Long number) throws Exception {
    open = open || new File(gate).exists();
    if (!open) {
      Thread.sleep(PACE_MILLIS);
    }
    in.println(number);
    String square = out.readLine();
    if (square == null) {
      throw new IOException("the program has ended");
    }
    return Long.valueOf(square);
  }

  /** The program is ended with its task, as it should be; what is killed does not get here. */
  @Override
  public void close() {
    if (program != null) {
      program.destroy();
    }
  }
}
