package io.reaper.it.ray;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;

/** What the workers of a trial get. */
enum Agent {
  OFF(null),
  SUBREAPER("subreaper=true"),
  CGROUP("cgroup=true,grace=0");

  private final String arguments;

  Agent(String arguments) {
    this.arguments = arguments;
  }

  /** Adds to the driver what is all the difference. */
  void prepare(Launch driver) {
    if (isOn()) {
      String option = "-javaagent:" + Launch.agentJar() + "=" + arguments;
      driver.jvm("-Dray.job.jvm-options.0=" + option);
    }
  }

  boolean isOn() {
    return this != OFF && !Launch.agentIsOff();
  }

  /** Whether the kernel gives it to this user. */
  boolean isToBeHad(Jdk jdk) {
    return this != CGROUP || Tool.doctorSays(jdk, "cgroup");
  }

  @Override
  public String toString() {
    return this == OFF ? "none" : arguments;
  }
}
