package io.reaper.it.scenario;

import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A worker some of whose processes are to outlive it, as its arguments say. */
public final class Keepers {

  /** Has no leave to outlive the worker. */
  public static final String PLAIN = "PLAIN";

  /** Was given the mark by the worker. */
  public static final String GIVEN = "GIVEN";

  /** Was given the mark by the worker, and writes over its environment, as setproctitle does. */
  public static final String REWRITING = "REWRITING";

  /** Was given the mark by the worker, and is there when {@link #IN_BETWEEN} is. */
  public static final String AROUND = "AROUND";

  /** Has no leave, and was started in the middle of the start of one that has. */
  public static final String IN_BETWEEN = "IN_BETWEEN";

  /** Was given the mark by a script in between. */
  public static final String BY_SCRIPT = "BY_SCRIPT";

  /** A shell that runs {@link #SCRIPT_FILE}. */
  public static final String SCRIPT = "SCRIPT";

  /** A program of its own that has been removed since: {@link #PROGRAM_FILE}. */
  public static final String PROGRAM = "PROGRAM";

  /** Any other program, by its command line, that was given the mark by the worker. */
  public static final String REAL = "REAL";

  /** The script, in the worker's directory. */
  public static final String SCRIPT_FILE = "start.sh";

  /** The program, in the worker's directory. */
  public static final String PROGRAM_FILE = "keepme";

  /** Python that writes over its own environment, as setproctitle does. */
  public static final String REWRITES =
      """
      with open('/proc/self/stat') as f:
        fields = f.read().rsplit(')', 1)[1].split()
      start, end = int(fields[47]), int(fields[48])
      with open('/proc/self/mem', 'r+b', 0) as memory:
        memory.seek(start)
        memory.write(bytes(end - start))
      """;

  private static final String REWRITER =
      """
      import sys, time, os
      """
          + REWRITES
          + """
      with open(os.path.dirname(sys.argv[0]) + '/report', 'a') as report:
        report.write('REWRITING %d\\n' % os.getpid())
      time.sleep(1000)
      """;

  private final Path dir;
  private final String leaf;

  private Keepers(Path report) {
    this.dir = report.getParent();
    this.leaf = Worker.leaf(dir).toString();
  }

  public static void main(String[] args) throws Exception {
    Path report = Path.of(args[0]);
    Keepers keepers = new Keepers(report);
    for (String name : List.of(args).subList(1, args.length)) {
      keepers.start(name);
    }
    Worker.report(report, Worker.SELF, ProcessHandle.current().pid());
    Ending.obey();
  }

  private void start(String name) throws IOException {
    switch (name) {
      case PLAIN -> new ProcessBuilder("sh", leaf, name).start();
      case GIVEN -> marked("sh", leaf, name).start();
      case AROUND -> marked(new Starting(leaf, IN_BETWEEN, "sh", leaf, name)).start();
      case IN_BETWEEN -> {
        // Comes with the other.
      }
      case REWRITING ->
          marked("python3", Files.writeString(dir.resolve("rewriter"), REWRITER).toString())
              .start();
      case BY_SCRIPT ->
          new ProcessBuilder(
                  "sh", "-c", "REAPER_KEEP=true setsid sh \"$0\" \"$1\" & wait", leaf, name)
              .start();
      case SCRIPT -> script();
      case PROGRAM -> program();
      default -> program(name);
    }
  }

  /** A program of this machine's, with its arguments, that the worker gives the mark. */
  private void program(String commandLine) throws IOException {
    long pid = marked(commandLine.split(" ")).directory(dir.toFile()).start().pid();
    Worker.report(dir.resolve("report"), REAL, pid);
  }

  private void script() throws IOException {
    String text = "echo \"SCRIPT $$\" >> report; while :; do sleep 0.1; done\n";
    Files.writeString(dir.resolve(SCRIPT_FILE), text);
    new ProcessBuilder("sh", SCRIPT_FILE).directory(dir.toFile()).start();
  }

  private void program() throws IOException {
    Path program = Files.copy(Path.of("/bin/sleep"), dir.resolve(PROGRAM_FILE));
    long pid = new ProcessBuilder(program.toString(), "1000").start().pid();
    Files.delete(program);
    Worker.report(dir.resolve("report"), PROGRAM, pid);
  }

  /** A command that starts another when the JDK reads it. */
  private static final class Starting extends ArrayList<String> {
    private static final long serialVersionUID = 1;
    private final String leaf;
    private final String other;

    Starting(String leaf, String other, String... words) {
      super(List.of(words));
      this.leaf = leaf;
      this.other = other;
    }

    @Override
    public <T> T[] toArray(T[] array) {
      try {
        new ProcessBuilder("sh", leaf, other).start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return super.toArray(array);
    }
  }

  private static ProcessBuilder marked(String... command) {
    return marked(new ArrayList<>(List.of(command)));
  }

  private static ProcessBuilder marked(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("REAPER_KEEP", "true");
    return builder;
  }
}
