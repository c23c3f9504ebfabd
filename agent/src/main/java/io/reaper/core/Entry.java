package io.reaper.core;

import io.reaper.core.family.ProcFs;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Help;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.spawn.Seam;
import java.lang.instrument.Instrumentation;
import java.util.function.BiConsumer;

/**
 * What happens before {@code main}: the options, the seam, a shutdown hook. Everything else is made
 * when a mode or the first spawn needs it, as every class here is paid for at every start.
 */
public final class Entry implements Seam.Owner, Runnable {
  private static final int WRONG_ARGUMENT = 2;

  private final Options options;
  private final Instrumentation instrumentation;
  private final Log log;
  private final Seam seam;
  private volatile Reaper reaper;

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

  /** javac, jcmd and their like, under JAVA_TOOL_OPTIONS, are nobody's workers. */
  private static boolean isJdkTool() {
    String module = System.getProperty("jdk.module.main");
    return module != null && (module.startsWith("jdk.") || module.startsWith("java."));
  }

  private void install() {
    seam.install();
    Runtime.getRuntime().addShutdownHook(new Thread(null, this, "reaper-exit", 0, false));
    if (options.changesWorker() && options.strict()) {
      enterStrictly();
    } else if (options.changesWorker()) {
      reaper().contain();
    }
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
      reaper = new Reaper(options, instrumentation, log);
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
  public void notWoven() {
    if (reaper != null) {
      reaper.unheard();
    }
  }
}
