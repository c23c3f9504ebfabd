package io.reaper.it.spark.bench;

import io.reaper.it.harness.Launch;
import java.nio.file.Path;

/** Options of an executor, and the name by which the table calls them. */
record Variant(String name, String options) {

  static final Variant NONE = new Variant("no-agent", "");

  static Variant empty(Path jar) {
    return new Variant("empty-agent", "-javaagent:" + jar);
  }

  static Variant agent(String arguments) {
    return new Variant(arguments, "-javaagent:" + Launch.agentJar() + "=" + arguments);
  }
}
