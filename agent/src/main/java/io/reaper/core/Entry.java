package io.reaper.core;

import io.reaper.core.family.ProcFs;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Help;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.spawn.Seam;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/**
 * What happens before {@code main}: the options, the seam, a shutdown hook. Everything else is made
 * when a mode or the first spawn needs it, as every class here is paid for at every start.
 */
public final class Entry implements Seam.Owner, Runnable {
  private static final int WRONG_ARGUMENT = 2;

  /** The one of this JVM, or null. */
  private static Entry installed;

  private Options options;
  private final Instrumentation instrumentation;
  private final Log log;
  private final Seam seam;
  private volatile Reaper reaper;
  private volatile boolean recorderIsLoaded;
  private volatile boolean managementIsLoaded;

  private Entry(Options options, Instrumentation instrumentation, Log log) {
    this.options = options;
    this.instrumentation = instrumentation;
    this.log = log;
    this.seam = new Seam(instrumentation, this, log);
  }

  /** Called through {@code ReaperAgent} before {@code main}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    Options options;
    Log log = Log.toStderr(Log.Level.ERROR);
    try {
      options =
          Options.parse(arguments, System.getProperties(), new ProcFs().environment("REAPER_"));
      log = options.openLog();
    } catch (OptionException wrong) {
      log.error(wrong.getMessage());
      System.exit(WRONG_ARGUMENT);
      return;
    }
    if (options.help()) {
      System.out.print(Help.text());
      System.exit(0);
    }
    if (!isJdkTool()) {
      new Entry(options, instrumentation, log).install();
    }
  }

  /**
   * Called through {@code ReaperAgent} in a worker that runs already: installs the agent, or
   * changes the options of the one that is there.
   *
   * @param arguments as those of premain; before a line feed, if there is one, a file for the
   *     answer
   */
  public static synchronized void agentmain(String arguments, Instrumentation instrumentation) {
    int end = arguments == null ? -1 : arguments.indexOf('\n');
    Log answer = Log.toStderr(Log.Level.WARN);
    try {
      if (end >= 0) {
        answer = Log.toFile(Log.Level.INFO, Path.of(arguments.substring(0, end)));
      }
      Options options =
          Options.parse(
              end < 0 ? arguments : arguments.substring(end + 1),
              System.getProperties(),
              new ProcFs().environment("REAPER_"));
      Log log = options.openLog();
      if (installed == null) {
        log.copyTo(answer);
        new Entry(options, instrumentation, log).attach();
        log.copyTo(null);
      } else {
        installed.change(options, log, answer);
      }
    } catch (OptionException | IOException wrong) {
      answer.error(wrong.getMessage());
    }
  }

  private void attach() {
    seam.install();
    addShutdownHook();
    int taken = reaper().attach();
    log.info("attached; " + taken + (taken == 1 ? " child was" : " children were") + " there");
    if (taken > 0 && options.processGroup()) {
      log.warn("who was started before is not in the process group");
    }
    if (options.subreaper()) {
      log.warn("who was orphaned before has gone to another process, and is not found");
    }
    installed = this;
  }

  private void change(Options other, Log otherLog, Log answer) {
    log.become(otherLog);
    log.copyTo(answer);
    options = other;
    if (reaper != null) {
      reaper.change(other);
    } else if (other.changesWorker()) {
      reaper().attach();
    }
    log.info("changed the options of the agent that was there");
    log.copyTo(null);
  }

  /** javac, jcmd and their like, under JAVA_TOOL_OPTIONS, are nobody's workers. */
  private static boolean isJdkTool() {
    String module = System.getProperty("jdk.module.main");
    return module != null && (module.startsWith("jdk.") || module.startsWith("java."));
  }

  private void install() {
    installed = this;
    seam.install();
    addShutdownHook();
    if (options.changesWorker() && options.strict()) {
      enterStrictly();
    } else if (options.changesWorker()) {
      reaper().contain();
    }
  }

  private void addShutdownHook() {
    Runtime.getRuntime().addShutdownHook(new Thread(null, this, "reaper-exit", 0, false));
  }

  private void enterStrictly() {
    log.consequence("; strict=true: the worker is not started");
    if (!reaper().contain()) {
      if (!log.warns()) {
        log.error("strict=true, and a mode that was asked for is not to be had here");
      }
      System.exit(WRONG_ARGUMENT);
    }
    log.consequence("");
  }

  /**
   * The shutdown hook. It runs beside the application's own, so it ends nobody: it sees to it that
   * the hook after them is there even if only native code has started processes.
   */
  @Override
  public void run() {
    try {
      if (!seam.isOpen() && (reaper == null ? hasChildren() : reaper.mayHaveSomebody())) {
        seam.open();
      }
    } catch (Throwable refused) {
      log.error("cannot run after the application's shutdown hooks: " + refused);
    }
  }

  private static boolean hasChildren() {
    ProcFs proc = new ProcFs();
    return !proc.children(proc.self()).isEmpty();
  }

  private synchronized Reaper reaper() {
    if (reaper == null) {
      Reaper made = new Reaper(options, instrumentation, log);
      if (recorderIsLoaded) {
        made.recorderIsLoaded();
      }
      if (managementIsLoaded) {
        made.managementIsLoaded();
      }
      reaper = made;
    }
    return reaper;
  }

  @Override
  public BiConsumer<Object, Object> listener() {
    return reaper().recorder();
  }

  @Override
  public Runnable atEnd() {
    return reaper();
  }

  @Override
  public Runnable afterWeave() {
    return reaper().warmUp();
  }

  @Override
  public void recorderIsLoaded() {
    recorderIsLoaded = true;
    if (reaper != null) {
      reaper.recorderIsLoaded();
    }
  }

  @Override
  public void managementIsLoaded() {
    managementIsLoaded = true;
    if (reaper != null) {
      reaper.managementIsLoaded();
    }
  }

  @Override
  public void notWoven() {
    if (reaper != null) {
      reaper.unheard();
    }
  }
}
