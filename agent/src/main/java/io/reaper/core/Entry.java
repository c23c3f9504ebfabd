package io.reaper.core;

import io.reaper.agent.AgentClassLoader;
import io.reaper.core.observe.Log;
import io.reaper.core.options.Given;
import io.reaper.core.options.Option;
import io.reaper.core.options.OptionException;
import io.reaper.core.options.Options;
import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.OwnProc;
import io.reaper.core.spawn.Seam;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** Of each agent on the command line. */
  private String[] arguments = {null};

  static final String RESTRICTED =
      "this JVM has a SecurityManager (-Djava.security.manager), under which the agent does not work";

  private final Instrumentation instrumentation;
  private final Log log;
  private final Seam seam;
  private volatile Reaper reaper;
  private String childrenAtStart = "";
  private volatile boolean nativeCodeIsCalled;
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
    if (installed != null) {
      installed.installAgain(arguments);
      return;
    }
    Map<String, String> environment = new OwnProc().environment(Option.VARIABLE);
    if (isSwitchedOff(environment)) {
      return;
    }
    Log log = Log.toStderr(Log.Level.WARN);
    Options options = null;
    if (isAnythingAsked(arguments, environment)) {
      Asked asked = Asked.readOrExit(environment, arguments);
      options = asked.options();
      log = asked.log();
      if (!options.enabled()) {
        log.info("enabled=false: the agent does nothing");
        return;
      }
    }
    if (isRestricted()) {
      refuse(log, options);
    } else if (!isJdkTool()) {
      Entry entry = new Entry(options, instrumentation, log);
      entry.arguments[0] = arguments;
      entry.install();
    }
  }

  /** By whoever runs an image, whatever arguments that has, and whether they can be read or not. */
  static boolean isSwitchedOff(Map<String, String> environment) {
    String enabled = environment.get(Option.ENABLED.variable());
    return enabled != null && enabled.strip().equals("false");
  }

  /**
   * Whether there is a SecurityManager (JEP 411; none since JDK 24). What the agent does on the
   * application's threads would be judged by the application's permissions.
   */
  @SuppressWarnings("removal")
  static boolean isRestricted() {
    return System.getSecurityManager() != null;
  }

  private static void refuse(Log log, Options options) {
    if (options != null && options.strict()) {
      log.error(RESTRICTED + "; strict=true: the worker is not started");
      System.exit(Asked.WRONG_ARGUMENT);
    }
    log.warn(RESTRICTED + "; the worker goes on without it");
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

  /** Comes into a worker that runs already. Returns what was asked for and is not available. */
  List<String> attach() {
    seam.install();
    addShutdownHook();
    int taken = reaper().attach();
    log.info("attached; " + taken + (taken == 1 ? " child was" : " children were") + " there");
    if (taken > 0 && options.processGroup() && !reaper.staysInJob()) {
      log.warn("who was started before is not in the process group");
    }
    if (options.subreaper()) {
      log.warn("who was orphaned before has gone to another process, and is not found");
    }
    installed = this;
    return missing();
  }

  /**
   * Changes the options that are given, and no other, or none at all. Returns what of it could not
   * be done, in words; empty if that is nothing.
   */
  String change(Given given, Log answer) throws OptionException {
    Options before = options();
    Options after = before.with(given);
    if (reaper != null && reaper.keepsLedger() && !Objects.equals(before.dir(), after.dir())) {
      return "the ledger of this worker is in its place since the first start and stays there;"
          + " dir= is for the worker's command line, and nothing is changed";
    }
    after.checkReport(given.source(Option.REPORT));
    if (!Objects.equals(before.logFile(), after.logFile())) {
      log.become(after.openLog(given.source(Option.LOG_FILE)));
    }
    log.become(after.log());
    log.copyTo(answer);
    for (String complaint : given.complaints()) {
      log.warn(complaint);
    }
    List<String> changes = before.changesTo(after);
    for (String change : changes) {
      log.info(change);
    }
    options = after;
    if (reaper != null) {
      reaper.change(after);
    } else if (after.changesWorker()) {
      reaper().attach();
    }
    log.info(
        changes.isEmpty()
            ? "nothing to change: the agent is there, and has these options"
            : "changed the options of the agent that was there");
    log.copyTo(null);
    return inWords(missing());
  }

  static String inWords(List<String> missing) {
    return missing.isEmpty()
        ? ""
        : "not available here: " + String.join(", ", missing) + "; the lines above say why";
  }

  private List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (reaper != null) {
      missing.addAll(options().modes());
      missing.removeAll(reaper.modeNames());
    }
    if (!LedgerCheck.passes(options(), log)) {
      missing.add(Option.SENTINEL.key());
    }
    return missing;
  }

  /** javac, jcmd and their like, under JAVA_TOOL_OPTIONS, are nobody's workers. */
  private static boolean isJdkTool() {
    String module = System.getProperty("jdk.module.main");
    return module != null && (module.startsWith("jdk.") || module.startsWith("java."));
  }

  private void install() {
    installed = this;
    childrenAtStart = new OwnProc().childrenAtStart();
    seam.install();
    addShutdownHook();
    if (options != null) {
      enterModes();
    }
  }

  /**
   * The JVM calls premain for each -javaagent: JAVA_TOOL_OPTIONS, the command line, _JAVA_OPTIONS.
   * Whatever jars they name, it is the first one's classes that are loaded.
   */
  private void installAgain(String later) {
    arguments = Arrays.copyOf(arguments, arguments.length + 1);
    arguments[arguments.length - 1] = later;
    Asked asked = Asked.readOrExit(new OwnProc().environment(Option.VARIABLE), arguments);
    Options before = options();
    options = asked.options();
    log.become(asked.log());
    log.warn(
        "-javaagent stands more than once on this JVM's command line (JAVA_TOOL_OPTIONS counts);"
            + " the agent runs once, from "
            + ((AgentClassLoader) Entry.class.getClassLoader()).jar()
            + ", with the arguments of all, of which the later win: "
            + options);
    if (!options.equals(before)) {
      enterModes();
    }
  }

  private void addShutdownHook() {
    Runtime.getRuntime().addShutdownHook(new Thread(null, this, "reaper-exit", 0, false));
  }

  private void enterModes() {
    if (!options.strict()) {
      if (reaper != null || options.changesWorker()) {
        enterAll();
      }
      return;
    }
    log.consequence("; strict=true: the worker is not started");
    boolean all = LedgerCheck.passes(options(), log);
    if (all) {
      enterAll();
      all = reaper.modeNames().containsAll(options.modes());
    }
    if (!all) {
      if (!log.warns()) {
        log.error("strict=true, and not all that was asked for is available here");
      }
      System.exit(Asked.WRONG_ARGUMENT);
    }
    log.consequence("");
  }

  private void enterAll() {
    if (reaper == null) {
      reaper().enterModes();
    } else {
      reaper.change(options);
    }
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
              ? new OwnProc().mayHaveChildrenBeside(childrenAtStart)
              : reaper.mayHaveProcesses())) {
        seam.open();
      }
    } catch (Throwable refused) {
      log.error("cannot run after the application's shutdown hooks: " + refused);
    }
  }

  private synchronized Reaper reaper() {
    if (reaper == null) {
      Reaper made = new Reaper(options(), instrumentation, log, childrenAtStart);
      if (nativeCodeIsCalled) {
        made.nativeCodeIsCalled();
      }
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
    return reaper().end();
  }

  @Override
  public Runnable afterWeave() {
    return reaper().warmUp();
  }

  @Override
  public void nativeCodeIsCalled() {
    nativeCodeIsCalled = true;
    if (reaper != null) {
      reaper.nativeCodeIsCalled();
    }
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
    return PrivateDirectory.open(
        options().place(new OwnProc().environment(PrivateDirectory.RUNTIME)));
  }

  @Override
  public void notWoven() {
    if (reaper != null) {
      reaper.notInstrumented();
    }
  }
}
