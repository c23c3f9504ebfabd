package io.reaper.it.program;

import java.util.List;
import java.util.SplittableRandom;

/** Draws by lot; one seed always draws the same. */
final class Lot {

  // Neighbouring seeds of java.util.Random draw almost the same at first.
  private final SplittableRandom random;

  Lot(long seed) {
    this(new SplittableRandom(seed));
  }

  private Lot(SplittableRandom random) {
    this.random = random;
  }

  /** Returns a lot of its own, for another thread. */
  Lot split() {
    return new Lot(random.split());
  }

  @SafeVarargs
  final <T> T of(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /** Returns true once in so many times. */
  boolean onceIn(int times) {
    return random.nextInt(times) == 0;
  }
}
