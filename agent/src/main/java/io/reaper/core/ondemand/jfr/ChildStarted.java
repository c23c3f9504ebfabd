package io.reaper.core.ondemand.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("reaper.ChildStarted")
@Label("Child Started")
@Description(
    "The application has started a process; the stack begins in the agent, as JFR cuts none off")
@Category("Reaper")
@StackTrace(true)
final class ChildStarted extends Event {
  @Label("Process Id")
  long pid;

  @Label("Command")
  @Description("The program and its arguments, at most 1,000 letters")
  String command;

  @Label("Started By")
  @Description("Class, method and line of the application that started it, and the way to it")
  String startedBy;
}
