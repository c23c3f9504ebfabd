package io.reaper.it.ray;

/** The ways for an actor to end. */
enum Ending {
  ACTOR_KILL("kill"),
  SIGKILL(null),
  END_OF_DRIVER("end");

  private final String order;

  Ending(String order) {
    this.order = order;
  }

  void bringTo(Job job) {
    if (order == null) {
      job.worker().kill();
    } else {
      job.say(order);
    }
  }

  @Override
  public String toString() {
    return this == SIGKILL ? name() : name().toLowerCase().replace('_', ' ');
  }
}
