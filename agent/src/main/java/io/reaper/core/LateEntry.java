package io.reaper.core;

import io.reaper.core.observe.Log;
import io.reaper.core.ondemand.attach.Attachment;
import io.reaper.core.options.Difference;
import io.reaper.core.options.Given;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.RegularFile;
import io.reaper.core.proc.OwnProc;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/**
 * Runs when the agent is attached to a worker that runs already: installs the agent, or changes the
 * options of the one that is there.
 */
public final class LateEntry {
  private LateEntry() {}

  /**
   * Attaches the agent; called through {@code ReaperAgent}.
   *
   * @param arguments as those of premain; before a line feed, if there is one, a file for the
   *     answer
   */
  public static synchronized void agentmain(String arguments, Instrumentation instrumentation) {
    int end = arguments == null ? -1 : arguments.indexOf('\n');
    String options = end < 0 ? arguments : arguments.substring(end + 1);
    File file = end < 0 ? null : new File(arguments.substring(0, end));
    // The file is gone if the command that asked has waited too long.
    if (file == null || !file.exists()) {
      attach(options, instrumentation, Log.toStderr(Log.Level.WARN));
      return;
    }
    try (OutputStream answer = RegularFile.append(file)) {
      String missing = attach(options, instrumentation, Log.to(answer, Log.Level.INFO));
      // It is the last line: an answer without it is known to have been cut short.
      String status = Attachment.STATUS + (missing.isEmpty() ? "0" : "1 " + missing) + "\n";
      answer.write(status.getBytes(StandardCharsets.UTF_8));
    } catch (IOException unwritable) {
      Log.toStderr(Log.Level.ERROR)
          .error("cannot answer the command that attached: " + unwritable.getMessage());
    }
  }

  /** Returns, in words, what was asked for and cannot be done; empty if that is nothing. */
  private static String attach(String arguments, Instrumentation instrumentation, Log answer) {
    try {
      Entry installed = Entry.installed();
      if (Attachment.DETACH.equals(arguments)) {
        return detach(installed, answer);
      }
      if (installed != null) {
        // The worker's own command line was read when the agent there was installed.
        Given given = Given.read(new Properties(), Map.of(), arguments);
        if (!given.source(Option.ENABLED).isEmpty()) {
          return "enabled counts at the start of a worker alone; children=false,process-group=false,"
              + "subreaper=false,cgroup=false makes the end of this one kill nothing";
        }
        return change(installed, given, answer);
      }
      Map<String, String> environment = new OwnProc().environment(Option.VARIABLE);
      if (Configuration.isSwitchedOff(environment)) {
        return "the agent is switched off in this JVM, by REAPER_ENABLED=false";
      }
      Configuration configuration = Configuration.read(environment, arguments);
      if (!configuration.options().enabled()) {
        return "the agent is switched off in this JVM, by enabled=false";
      }
      if (Entry.isRestricted()) {
        return Configuration.whyRestricted();
      }
      configuration.log().copyTo(answer);
      configuration.complain();
      String missing =
          attach(new Entry(configuration.options(), instrumentation, configuration.log()));
      configuration.tell();
      return missing;
    } catch (OptionException wrong) {
      return wrong.getMessage();
    } finally {
      Entry there = Entry.installed();
      if (there != null) {
        there.log().copyTo(null);
      }
    }
  }

  private static String attach(Entry entry) {
    entry.installLate();
    int taken = entry.reaper().changes().attach();
    Options options = entry.options();
    Log log = entry.log();
    log.info("attached; " + inWords(taken) + " there");
    if (taken > 0 && options.processGroup() && !entry.reaper().staysInJob()) {
      log.warn(
          taken
              + (taken == 1 ? " child is" : " children are")
              + " not in the process group, nor is what "
              + (taken == 1 ? "it has" : "they have")
              + " started");
    }
    if (options.subreaper()) {
      log.warn("orphans from before the attach have another parent, and are not found");
    }
    return missing(entry);
  }

  /**
   * Changes the options that are given and no others, or none at all. Returns, in words, what of it
   * could not be done; empty if that is nothing.
   */
  private static String change(Entry entry, Given given, Log answer) throws OptionException {
    Options before = entry.options();
    Options after = before.with(given);
    Reaper there = entry.reaperIfAny();
    if (there != null && there.keepsLedger() && !Objects.equals(before.dir(), after.dir())) {
      return "the ledger of this worker is in its place since the first start and stays there;"
          + " dir= is for the worker's command line, and nothing is changed";
    }
    Configuration.checkFiles(after, given);
    Log log = entry.log();
    if (!Objects.equals(before.logFile(), after.logFile())) {
      log.become(after.logDestination().open(given.source(Option.LOG_FILE)));
    }
    log.become(after.log());
    log.copyTo(answer);
    for (String complaint : given.complaints()) {
      log.warn(complaint);
    }
    List<String> changes = Difference.between(before, after);
    for (String change : changes) {
      log.info(change);
    }
    // A first start may have made them meanwhile.
    Reaper reaper = entry.change(after);
    if (reaper != null && reaper.recorder().isSilent()) {
      reaper.changes().change(after);
      log.info("attached again; " + inWords(reaper.changes().attach()) + " there");
    } else if (reaper != null) {
      reaper.changes().change(after);
    } else if (after.changesWorker()) {
      entry.reaper().changes().attach();
    }
    log.info(
        changes.isEmpty()
            ? "nothing to change: the agent is there, and has these options"
            : "changed the options of the agent that was there");
    return missing(entry);
  }

  /** Detaches the agent; the options of the entry stay as they are, for an attach that follows. */
  private static String detach(Entry entry, Log answer) {
    if (entry == null) {
      return "this JVM has no agent, and there is nothing to detach";
    }
    Log log = entry.log();
    log.copyTo(answer);
    entry.reaper().changes().detach();
    log.info("detached: what this worker has started and will start is left alone at its end");
    return "";
  }

  private static String inWords(int taken) {
    return taken + (taken == 1 ? " child was" : " children were");
  }

  private static String missing(Entry entry) {
    List<String> missing = new ArrayList<>();
    if (entry.reaperIfAny() != null) {
      missing.addAll(entry.options().modes());
      missing.removeAll(entry.reaperIfAny().modeNames());
    }
    if (!LedgerCheck.passes(entry.options(), entry.log())) {
      missing.add(Option.SENTINEL.key());
    }
    return missing.isEmpty()
        ? ""
        : "not available here: " + String.join(", ", missing) + "; the lines above say why";
  }
}
