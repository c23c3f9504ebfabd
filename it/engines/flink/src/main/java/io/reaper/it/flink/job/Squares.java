package io.reaper.it.flink.job;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Squares the numbers from 1 to a count in an external program and totals the squares by their last
 * digit. Arguments: the count, a file that lets the numbers flow at full speed once it is there,
 * and the directory of the results.
 */
public final class Squares {

  static final int DIGITS = 10;

  private Squares() {}

  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment();
    flink
        .fromSequence(1, Long.parseLong(args[0]))
        .map(new PipeThrough(args[1]))
        .returns(Types.LONG)
        .keyBy(square -> square % DIGITS, Types.LONG)
        .process(new Totals())
        .sinkTo(new Results(args[2]));
    flink.execute("squares");
  }
}
