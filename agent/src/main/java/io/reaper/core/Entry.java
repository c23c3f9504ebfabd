package io.reaper.core;

import io.reaper.core.family.Self;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Option;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.spawn.Seam;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What happens before {@code main}: the options, the seam, a shutdown hook. Everything else is made
 * when a mode or the first spawn needs it, as every class here is paid for at every start.
 */
public final class Entry implements Seam.Owner, Runnable {
  /** The one of this JVM, or null. */
  private static Entry installed;

  /** Null as long as nobody has given any and nobody has needed them. */
  private Options options;

  private final Instrumentation instrumentation;
  private final Log log;
  private final Seam seam;
  private volatile Reaper reaper;
  private String childrenAtStart = "";
  private volatile boolean recorderIsLoaded;
  private volatile boolean managementIsLoaded;

  Entry(Options options, Instrumentation instrumentation, Log log) {
    this.options = options;
    this.instrumentation = instrumentation;
    this.log = log;
    this.seam = new Seam(instrumentation, this, log);
  }

  /** Called through {@code ReaperAgent} before {@code main}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    Map<String, String> environment = new Self().environment(Option.VARIABLE);
    Log log = Log.toStderr(Log.Level.WARN);
    Options options = null;
    if (isAnythingAsked(arguments, environment)) {
      Asked asked = Asked.readOrExit(arguments, environment);
      options = asked.options();
      log = asked.log();
    }
    if (!isJdkTool()) {
      new Entry(options, instrumentation, log).install();
    }
  }

  /** Options that nobody has given are not read before they are needed. */
  private static boolean isAnythingAsked(String arguments, Map<String, String> environment) {
    if (arguments != null && !arguments.isEmpty() || !environment.isEmpty()) {
      return true;
    }
    for (Object property : System.getProperties().keySet()) {
      if (property instanceof String && ((String) property).startsWith(Option.PROPERTY)) {
        return true;
      }
    }
    return false;
  }

  static Entry installed() {
    return installed;
  }

  private Options options() {
    if (options == null) {
      options = Options.defaults();
    }
    return options;
  }

  void attach() {
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

  void change(Options other, Log otherLog, Log answer) {
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
    childrenAtStart = new Self().childrenAtStart();
    seam.install();
    addShutdownHook();
    if (options != null && options.changesWorker()) {
      if (options.strict()) {
        enterStrictly();
      } else {
        reaper().contain();
      }
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
      System.exit(Asked.WRONG_ARGUMENT);
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
      if (!seam.isOpen()
          && (reaper == null
              ? new Self().mayHaveChildrenBeside(childrenAtStart)
              : reaper.mayHaveSomebody())) {
        seam.open();
      }
    } catch (Throwable refused) {
      log.error("cannot run after the application's shutdown hooks: " + refused);
    }
  }

  private synchronized Reaper reaper() {
    if (reaper == null) {
      Reaper made = new Reaper(options(), instrumentation, log, childrenAtStart);
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
  public Path directory() throws IOException {
    return PrivateDirectory.open(options().place(new Self().environment(PrivateDirectory.RUNTIME)));
  }

  @Override
  public void notWoven() {
    if (reaper != null) {
      reaper.unheard();
    }
  }
}
