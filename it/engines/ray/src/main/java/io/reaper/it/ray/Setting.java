package io.reaper.it.ray;

import java.util.LinkedHashMap;
import java.util.Map;

/** Ray's own settings for what its workers start, as the environment of the head node. */
enum Setting {
  NONE(false, false, false),
  KILL_CHILD_PROCESSES_ON_WORKER_EXIT(true, false, false),
  PROCESS_GROUP_CLEANUP_ENABLED(false, true, false),
  /** Ray prefers process groups where both are on. */
  WITH_RAYLET_SUBREAPER(false, false, true),
  AS_SHIPPED(null, null, null);

  private final Map<String, String> environment = new LinkedHashMap<>();

  Setting(Boolean children, Boolean processGroup, Boolean subreaper) {
    String first = "RAY_kill_child_processes_on_worker_exit";
    put(first, children);
    put("RAY_process_group_cleanup_enabled", processGroup);
    put(first + "_with_raylet_subreaper", subreaper);
  }

  private void put(String name, Boolean value) {
    if (value != null) {
      environment.put(name, value.toString());
    }
  }

  /** Whether it is the raylet that looks for orphans now and then. */
  boolean looksForOrphans() {
    return this == WITH_RAYLET_SUBREAPER;
  }

  Map<String, String> environment() {
    return environment;
  }

  @Override
  public String toString() {
    return name().toLowerCase().replace('_', ' ');
  }
}
