package io.reaper.core;

import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.attach.Attachment;
import io.reaper.core.options.Given;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.proc.OwnProc;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * What happens when the agent is attached to a worker that runs already: it is installed, or the
 * options of the one that is there are changed.
 */
public final class LateEntry {
  private LateEntry() {}

  /**
   * Called through {@code ReaperAgent}.
   *
   * @param arguments as those of premain; before a line feed, if there is one, a file for the
   *     answer
   */
  public static synchronized void agentmain(String arguments, Instrumentation instrumentation) {
    int end = arguments == null ? -1 : arguments.indexOf('\n');
    String options = end < 0 ? arguments : arguments.substring(end + 1);
    File file = end < 0 ? null : new File(arguments.substring(0, end));
    // Gone, if whoever asked has waited too long.
    if (file == null || !file.exists()) {
      attach(options, instrumentation, Log.toStderr(Log.Level.WARN));
      return;
    }
    try (OutputStream answer = RegularFile.append(file)) {
      String missing = attach(options, instrumentation, Log.to(answer, Log.Level.INFO));
      // The last line, so that an answer without it is known to have been cut short.
      String status = Attachment.STATUS + (missing.isEmpty() ? "0" : "1 " + missing) + "\n";
      answer.write(status.getBytes(StandardCharsets.UTF_8));
    } catch (IOException unwritable) {
      Log.toStderr(Log.Level.ERROR).error("cannot answer who attached: " + unwritable.getMessage());
    }
  }

  /** Returns what was asked for and cannot be done, in words; empty if that is nothing. */
  private static String attach(String arguments, Instrumentation instrumentation, Log answer) {
    try {
      Entry installed = Entry.installed();
      if (installed != null) {
        // What the worker's own command line says has been heard when that agent came.
        Given given = Given.read(new Properties(), Map.of(), arguments);
        if (!given.source(Option.ENABLED).isEmpty()) {
          return "enabled counts at the start of a worker alone; children=false,process-group=false,"
              + "subreaper=false,cgroup=false makes the end of this one kill nothing";
        }
        return installed.change(given, answer);
      }
      Map<String, String> environment = new OwnProc().environment(Option.VARIABLE);
      if (Entry.isSwitchedOff(environment)) {
        return "the agent is switched off in this JVM, by REAPER_ENABLED=false";
      }
      Asked asked = Asked.read(environment, arguments);
      if (!asked.options().enabled()) {
        return "the agent is switched off in this JVM, by enabled=false";
      }
      asked.log().copyTo(answer);
      asked.complain();
      List<String> missing = new Entry(asked.options(), instrumentation, asked.log()).attach();
      asked.log().copyTo(null);
      return Entry.inWords(missing);
    } catch (OptionException wrong) {
      return wrong.getMessage();
    }
  }
}
