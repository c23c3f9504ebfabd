package io.reaper.core.family;

import io.reaper.NoProcess;
import io.reaper.core.jvm.Origin;
import io.reaper.core.proc.Processes;
import java.util.Set;

/** What the application holds of a child: the JDK collects it when the test says so. */
final class FakeProcess extends NoProcess {
  private boolean alive = true;

  /** A child as it is recorded. */
  Child asChild(int pid) {
    return new Child(
        Processes.id(pid), this, new String[] {"sleep"}, 0, "main", new Origin(Set.of()));
  }

  void isCollected() {
    alive = false;
  }

  @Override
  public boolean isAlive() {
    return alive;
  }

  @Override
  public void destroy() {
    alive = false;
  }
}
