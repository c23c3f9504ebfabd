package io.reaper.it.flink.job;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** The total of each key, said once: when there are no more numbers. */
final class Totals extends KeyedProcessFunction<Long, Long, String> {

  private static final long serialVersionUID = 1L;

  private transient ValueState<Long> total;

  @Override
  public void open(OpenContext context) {
    total = getRuntimeContext().getState(new ValueStateDescriptor<>("total", Types.LONG));
  }

  @Override
  public void processElement(Long square, Context context, Collector<String> out) throws Exception {
    Long before = total.value();
    total.update(before == null ? square : before + square);
    // The end of the source is the end of event time.
    context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<String> out)
      throws Exception {
    out.collect(context.getCurrentKey() + " " + total.value());
  }
}
