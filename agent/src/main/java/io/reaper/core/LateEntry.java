package io.reaper.core;

import io.reaper.core.family.Self;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.posix.RegularFile;
import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;

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
    Log answer = Log.toStderr(Log.Level.WARN);
    try {
      if (end >= 0) {
        File file = new File(arguments.substring(0, end));
        // Gone, if whoever asked has waited too long.
        if (file.exists()) {
          answer = Log.to(RegularFile.append(file), Log.Level.INFO);
        }
      }
      Asked asked =
          Asked.read(
              end < 0 ? arguments : arguments.substring(end + 1),
              new Self().environment(Option.VARIABLE));
      Entry installed = Entry.installed();
      if (installed == null) {
        asked.log().copyTo(answer);
        new Entry(asked.options(), instrumentation, asked.log()).attach();
        asked.log().copyTo(null);
      } else {
        installed.change(asked.options(), asked.log(), answer);
      }
    } catch (OptionException | IOException wrong) {
      answer.error(wrong.getMessage());
    }
  }
}
