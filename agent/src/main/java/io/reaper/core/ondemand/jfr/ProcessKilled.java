package io.reaper.core.ondemand.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("reaper.ProcessKilled")
@Label("Process Killed")
@Description("The agent has ended a process at the end of the worker")
@Category("Reaper")
@StackTrace(false)
final class ProcessKilled extends Event {
  @Label("Process Id")
  long pid;

  @Label("Parent")
  @Description("The pid of its parent when it was found")
  long parent;

  @Label("Child")
  @Description("The pid of the child that it is, or descends from; 0 if that is not known")
  long child;

  @Label("Name")
  @Description("As the kernel has it, at most 15 bytes (proc(5), comm)")
  String name;

  @Label("Command")
  @Description("The program and its arguments, at most 1,000 letters")
  String command;

  @Label("Signal")
  @Description("The last one that it was sent")
  String signal;

  @Label("Reason")
  @Description("Why the process was the worker's")
  String reason;

  @Label("Started By")
  @Description("Class, method and line that started it; empty if that is not known")
  String startedBy;

  @Label("Memory")
  @Description("The resident set that it had when it was found")
  @DataAmount(DataAmount.BYTES)
  long memory;

  @Label("Took")
  @Description("From the first signal until the process was seen dead")
  @Timespan(Timespan.MILLISECONDS)
  long took;

  @Label("Lifetime")
  @Description("From its start until its end was seen")
  @Timespan(Timespan.MILLISECONDS)
  long lifetime;
}
