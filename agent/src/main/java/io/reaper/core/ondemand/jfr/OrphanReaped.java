package io.reaper.core.ondemand.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("reaper.OrphanReaped")
@Label("Orphan Reaped")
@Description("An adopted orphan has ended, and left no zombie")
@Category("Reaper")
@StackTrace(false)
final class OrphanReaped extends Event {
  @Label("Process Id")
  long pid;

  @Label("Name")
  @Description("As the kernel has it, at most 15 bytes (proc(5), comm)")
  String name;

  @Label("Command")
  @Description("The program and its arguments, at most 1,000 letters")
  String command;

  @Label("Child")
  @Description("The pid of the child that it descends from; 0 if that is not known")
  long child;

  @Label("Started By")
  @Description("Class, method and line of the application that started the child it descends from")
  String startedBy;

  @Label("Adopted For")
  @Description("From its adoption until its end was seen")
  @Timespan(Timespan.MILLISECONDS)
  long adoptedFor;
}
