package io.reaper.core;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Option;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.spawn.Seam;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * Runs before {@code main}: reads the options, installs the seam and a shutdown hook. Everything
 * else is made when a mode or the first spawn needs it, because every class here costs each start.
 */
public final class Entry implements Seam.Owner, Runnable {
  private static final String OFF = "enabled=false: the agent does nothing";

  /** The entry of this JVM, or null while the agent is off. */
  private static Entry installed;

  /** The arguments of each agent on the command line. */
  private static String[] given = {};

  /** The options, or null as long as none are given and nothing has needed them. */
  private volatile Options options;

  private final Instrumentation instrumentation;
  private final Log log;
  private final Seam seam;
  private final Thread hook = new Thread(null, this, "reaper-exit", 0, false);
  private volatile Reaper reaper;
  private String childrenAtStart = "";
  private volatile boolean isNotWoven;

  /** The classes that the seam has told of, as bits. */
  private final AtomicInteger loaded = new AtomicInteger();

  Entry(Options options, Instrumentation instrumentation, Log log) {
    this.options = options;
    this.instrumentation = instrumentation;
    this.log = log;
    this.seam = new Seam(instrumentation, this, log);
  }

  /**
   * Starts the agent before {@code main}; called for each -javaagent (JAVA_TOOL_OPTIONS, the
   * command line, _JAVA_OPTIONS). Whatever jars they name, the first one's classes are loaded.
   */
  public static void premain(String arguments, Instrumentation instrumentation) {
    given = Arrays.copyOf(given, given.length + 1);
    given[given.length - 1] = arguments;
    Map<String, String> environment = new OwnProc().environment(Option.VARIABLE);
    if (installed != null) {
      installed.installAgain(environment);
      return;
    }
    Log log = Log.toStderr(Log.Level.WARN);
    Options options = null;
    Configuration configuration = null;
    if (isAnythingGiven(environment)) {
      if (Configuration.isSwitchedOff(environment)) {
        return;
      }
      configuration = Configuration.readOrExit(environment, given);
      options = configuration.options();
      log = configuration.log();
      if (!options.enabled()) {
        log.info(OFF);
        return;
      }
    }
    if (isRestricted()) {
      Configuration.refuse(options, log);
    } else {
      Entry entry = new Entry(options, instrumentation, log);
      if (given.length > 1) {
        entry.tellOfTheOthers();
      }
      entry.install();
      if (configuration != null) {
        configuration.tell();
      }
    }
  }

  /** Whether any option is given; if none is, the classes that read options are not loaded. */
  private static boolean isAnythingGiven(Map<String, String> environment) {
    if (!environment.isEmpty()) {
      return true;
    }
    for (String arguments : given) {
      if (arguments != null && !arguments.isEmpty()) {
        return true;
      }
    }
    for (Object property : System.getProperties().keySet()) {
      if (property instanceof String && ((String) property).startsWith(Option.PROPERTY)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether application code would run in the agent: a SecurityManager (JEP 411; none since JDK
   * 24), or a provider of all files.
   */
  @SuppressWarnings("removal")
  static boolean isRestricted() {
    return System.getSecurityManager() != null || System.getProperty(Configuration.FILES) != null;
  }

  static Entry installed() {
    return installed;
  }

  /** Installs the agent in a worker that runs already. */
  void installLate() {
    seam.install();
    Runtime.getRuntime().addShutdownHook(hook);
    installed = this;
  }

  Log log() {
    return log;
  }

  /** Changes the options; returns the parts that were made with those of before, or null. */
  synchronized Reaper change(Options other) {
    options = other;
    return reaper;
  }

  /** Returns the parts, or null as long as nothing has needed them. */
  Reaper reaperIfAny() {
    return reaper;
  }

  Options options() {
    if (options == null) {
      options = Options.defaults();
    }
    return options;
  }

  private void install() {
    childrenAtStart = new OwnProc().childrenAtStart(Thread.activeCount());
    installLate();
    if (options != null) {
      enterModes();
    }
  }

  /** Takes the arguments of a further agent; with enabled=false, they take the agent back. */
  private void installAgain(Map<String, String> environment) {
    Configuration configuration = Configuration.readOrExit(environment, given);
    Options before = options();
    options = configuration.options();
    log.become(configuration.log());
    if (!options.enabled()) {
      log.info(OFF);
      withdraw();
      return;
    }
    tellOfTheOthers();
    if (!options.equals(before)) {
      if (reaper != null) {
        reaper.recorder().setSilent(false);
      }
      enterModes();
    }
  }

  private void tellOfTheOthers() {
    log.warn(
        "-javaagent stands more than once on this JVM's command line (JAVA_TOOL_OPTIONS counts);"
            + " the agent runs once, from "
            + ((AgentClassLoader) Entry.class.getClassLoader()).jar()
            + ", with the arguments of all, of which the later win: "
            + options());
  }

  /** Undoes the installation; parts that were needed already are there to stay, and do nothing. */
  private synchronized void withdraw() {
    if (reaper != null) {
      reaper.changes().detach();
      return;
    }
    seam.remove();
    Runtime.getRuntime().removeShutdownHook(hook);
    installed = null;
  }

  private void enterModes() {
    if (!options.strict()) {
      if (reaper != null || options.changesWorker()) {
        enterAll();
      }
      return;
    }
    boolean all = LedgerCheck.passes(options(), log);
    if (all) {
      enterAll();
      all = reaper.modeNames().containsAll(options.modes());
    }
    if (!all) {
      log.error(
          "strict=true, and not all that was asked for is available here: the worker is not started");
      System.exit(Configuration.WRONG_ARGUMENT);
    }
  }

  private void enterAll() {
    if (reaper == null) {
      reaper().enterModes();
    } else {
      reaper.changes().change(options);
    }
  }

  /**
   * Runs as a shutdown hook beside the application's own, and therefore kills nothing: it makes
   * sure that the hook after them is there even if only native code has started processes.
   */
  @Override
  public void run() {
    try {
      if (!seam.isOpen()
          && (reaper == null
              ? new OwnProc().mayHaveChildrenBeside(childrenAtStart)
              : reaper.mayHaveProcesses())) {
        seam.open();
      }
    } catch (Throwable refused) {
      log.error("cannot run after the application's shutdown hooks: " + refused);
    }
  }

  synchronized Reaper reaper() {
    if (reaper == null) {
      Reaper made = new Reaper(options(), instrumentation, log, childrenAtStart, seam);
      int told = loaded.get();
      made.areLoaded(told);
      if (isNotWoven) {
        made.notInstrumented();
      }
      reaper = made;
      // What was loaded meanwhile has found no parts to tell.
      made.areLoaded(loaded.get() & ~told);
    }
    return reaper;
  }

  @Override
  public BiConsumer<Object, Object> listener() {
    return reaper().recorder();
  }

  @Override
  public Runnable atEnd() {
    return reaper().end();
  }

  @Override
  public void isWoven() {
    reaper().isWoven();
  }

  @Override
  public void isLoaded(int which) {
    // No lock, as another thread may hold it and wait for this very class.
    for (int before = loaded.get(); !loaded.compareAndSet(before, before | which); ) {
      before = loaded.get();
    }
    if (reaper != null) {
      reaper.areLoaded(which);
    }
  }

  @Override
  public Path directory() throws IOException {
    return PrivateDirectory.open(
        options().place(new OwnProc().environment(PrivateDirectory.RUNTIME)));
  }

  @Override
  public void notWoven() {
    isNotWoven = true;
    if (reaper != null) {
      reaper.notInstrumented();
    }
  }
}
