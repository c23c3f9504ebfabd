package io.reaper.it.bench;

import java.util.ArrayList;
import java.util.List;

/** What was measured, round by round. */
public final class Samples {

  private final List<Double> values = new ArrayList<>();

  /** Adds the next round's. */
  public void add(double value) {
    values.add(value);
  }

  /** The middle one, or the mean of the two that are in the middle. */
  public double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The largest. */
  public double max() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** The ratio of each round to the same round of another: what a machine does slowly cancels. */
  public Samples over(Samples other) {
    Samples ratios = new Samples();
    for (int i = 0; i < values.size(); i++) {
      ratios.add(values.get(i) / other.values.get(i));
    }
    return ratios;
  }
}
