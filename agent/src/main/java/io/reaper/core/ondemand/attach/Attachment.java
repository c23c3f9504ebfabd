package io.reaper.core.ondemand.attach;

import io.reaper.core.posix.PrivateDirectory;
import io.reaper.core.proc.ProcFs;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.bytebuddy.agent.ByteBuddyAgent;

/**
 * Loads the agent into a JVM that runs already. That JVM may be another user's, and must not come
 * by root's own files, time and terminal.
 */
public final class Attachment implements Callable<String> {
  /** The beginning of an answer's last line: 0 follows, or 1 and the reason in words. */
  public static final String STATUS = "status ";

  /** The word that stands in place of options and has the agent leave the worker alone. */
  public static final String DETACH = "detach";

  private static final int ROOT = 0;
  private static final long LONGEST_SECONDS = 30;
  private static final int LONGEST_ANSWER = 64 * 1024;

  /** Holds what the agent has answered. */
  public static final class Answer {
    private final String said;
    private final String missing;

    public Answer(String said, String missing) {
      this.said = said;
      this.missing = missing;
    }

    /** Returns what the agent said, line by line. */
    public String said() {
      return said;
    }

    /** Returns, in words, what was asked for and could not be done; empty if that is nothing. */
    public String missing() {
      return missing;
    }

    static Answer of(String text) {
      int last = text.lastIndexOf('\n', text.length() - 2) + 1;
      String status = text.substring(last).strip();
      if (!status.startsWith(STATUS)) {
        return new Answer(text, "the agent has not answered; the worker's stderr may say why");
      }
      String missing = status.substring(STATUS.length() + 1).strip();
      return new Answer(text.substring(0, last), missing);
    }
  }

  private final ProcFs proc;
  private final File jar;
  private final int pid;
  private final String options;
  private volatile Path answer;

  /** Prepares the loading of that jar into that process. */
  public Attachment(ProcFs proc, File jar, int pid, String options) {
    this.proc = proc;
    this.jar = jar;
    this.pid = pid;
    this.options = options;
  }

  /**
   * Loads the agent, and returns its answer, which may be whatever that JVM likes.
   *
   * @throws IOException if it cannot be loaded, with the reason in words
   */
  public Answer attach() throws IOException {
    FutureTask<String> loading = new FutureTask<>(this);
    Thread thread = new Thread(loading, "reaper-attach");
    // A JVM that takes the question and gives no answer holds this thread for ever.
    thread.setDaemon(true);
    thread.start();
    try {
      return Answer.of(loading.get(LONGEST_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException late) {
      delete();
      throw new IOException(
          "cannot attach to "
              + pid
              + ": no answer within "
              + LONGEST_SECONDS
              + " s; is it stopped? It may load the agent yet when it goes on");
    } catch (ExecutionException refused) {
      throw refused.getCause() instanceof IOException
          ? (IOException) refused.getCause()
          : new IOException("cannot attach to " + pid + ": " + reason(refused), refused);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", ended);
    }
  }

  /** Looks, loads and reads, for {@link #attach}. */
  @Override
  public String call() throws IOException {
    int user = checkedUser();
    boolean root = proc.details(proc.self()).user() == ROOT;
    if (root) {
      PrivateDirectory.checkWayTo(new File(System.getProperty("java.io.tmpdir", "/tmp"), "answer"));
    }
    answer = Files.createTempFile("reaper-attach-", ".log");
    // Opened before it is given to the other user: from then on its name may lead anywhere.
    try (FileChannel opened = FileChannel.open(answer, StandardOpenOption.READ)) {
      if (root) {
        // The worker writes it, as its own user.
        Files.setAttribute(answer, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
      }
      ByteBuddyAgent.attach(jar, Integer.toString(pid), answer + "\n" + options);
      InputStream in = Channels.newInputStream(opened);
      return new String(in.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
    } catch (RuntimeException refused) {
      throw new IOException("cannot attach to " + pid + ": " + reason(refused), refused);
    } finally {
      delete();
    }
  }

  private void delete() {
    try {
      if (answer != null) {
        Files.deleteIfExists(answer);
      }
    } catch (IOException another) {
      // The file belongs to the worker's user, who may have put anything there.
    }
  }

  /**
   * Returns the user whose JVM it is, and throws if it is none: SIGQUIT asks a JVM, and ends any
   * other process.
   */
  private int checkedUser() throws IOException {
    int user = proc.details(pid).user();
    if (user < 0) {
      throw new IOException("there is no process " + pid);
    }
    int self = proc.details(proc.self()).user();
    if (self != ROOT && self != user) {
      throw new IOException(
          "process " + pid + " belongs to user " + user + "; attach as that user, or as root");
    }
    if (!proc.details(pid).isJvm()) {
      throw new IOException("process " + pid + " is no JVM");
    }
    return user;
  }

  private static String reason(Throwable refused) {
    Throwable cause = refused;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String said = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    if (said.contains("does not support the attach mechanism")
        || said.contains("Unable to open socket file")) {
      return "it does not answer; was it started with -XX:+DisableAttachMechanism?";
    }
    return said.contains("Dynamic agent loading is not enabled")
        ? "it was started with -XX:-EnableDynamicAgentLoading; start it with -javaagent instead"
        : said;
  }
}
