package io.reaper.core.ondemand.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

@Name("reaper.WorkerInformation")
@Label("Worker Information")
@Description(
    "The worker that the other events are of, in each chunk of a recording, and at its end")
@Category("Reaper")
@StackTrace(false)
@Period("everyChunk")
final class WorkerInformation extends Event {
  @Label("Process Id")
  long pid;

  @Label("Start")
  @Description("In clock ticks after boot, which tells it from others that have had its pid")
  long start;

  @Label("Host")
  String host;

  @Label("Main Class")
  @Description("What the launcher was given: a class, or the path of a jar")
  String mainClass;

  @Label("JDK Version")
  String jdkVersion;

  @Label("Agent Version")
  String agentVersion;

  @Label("Modes")
  @Description("Those that are on, with + between them")
  String modes;

  @Label("Ended")
  @Description("Whether the agent has done what it does at the worker's orderly end")
  boolean ended;
}
