package io.reaper.core.ondemand.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("reaper.OrphanAdopted")
@Label("Orphan Adopted")
@Description("A descendant whose parent has ended has come to the worker, which is a subreaper")
@Category("Reaper")
@StackTrace(false)
final class OrphanAdopted extends Event {
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
}
