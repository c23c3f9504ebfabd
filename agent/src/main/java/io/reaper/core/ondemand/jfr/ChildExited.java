package io.reaper.core.ondemand.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("reaper.ChildExited")
@Label("Child Exited")
@Description("A process that the application had started has ended")
@Category("Reaper")
@StackTrace(false)
final class ChildExited extends Event {
  @Label("Process Id")
  long pid;

  @Label("Command")
  @Description("The program and its arguments, at most 1,000 letters")
  String command;

  @Label("Started By")
  @Description("Class, method and line of the application that started it")
  String startedBy;

  @Label("Exit Status")
  @Description(
      "128 and the number of the signal, if a signal ended it; -1 if other code in the worker has read it")
  int status;

  @Label("Lifetime")
  @Description("From its start until its end was seen")
  @Timespan(Timespan.MILLISECONDS)
  long lifetime;
}
