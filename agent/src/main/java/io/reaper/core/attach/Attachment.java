package io.reaper.core.attach;

import io.reaper.core.family.ProcFs;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.bytebuddy.agent.ByteBuddyAgent;

/** Loads the agent into a JVM that runs already. */
public final class Attachment {
  private static final int ROOT = 0;

  private final ProcFs proc;
  private final File jar;

  /** Loads that jar. */
  public Attachment(ProcFs proc, File jar) {
    this.proc = proc;
    this.jar = jar;
  }

  /**
   * Loads the agent, and answers what it said, line by line.
   *
   * @throws IOException if it cannot be loaded, with the reason in words
   */
  public String attach(int pid, String options) throws IOException {
    check(pid);
    Path answer = Files.createTempFile("reaper-attach-", ".log");
    try {
      if (proc.user(proc.self()) == ROOT) {
        // The worker writes it, as its own user.
        Files.setAttribute(answer, "unix:uid", proc.user(pid));
      }
      load(pid, answer + "\n" + options);
      return Files.readString(answer);
    } catch (RuntimeException refused) {
      throw new IOException("cannot attach to " + pid + ": " + reason(refused), refused);
    } finally {
      Files.delete(answer);
    }
  }

  /** A JVM is asked by SIGQUIT, which ends whoever is none. */
  private void check(int pid) throws IOException {
    int user = proc.user(pid);
    if (user < 0) {
      throw new IOException("there is no process " + pid);
    }
    int self = proc.user(proc.self());
    if (self != ROOT && self != user) {
      throw new IOException(
          "process " + pid + " belongs to user " + user + "; attach as that user, or as root");
    }
    if (!proc.isJvm(pid)) {
      throw new IOException("process " + pid + " is no JVM");
    }
  }

  private void load(int pid, String arguments) {
    ByteBuddyAgent.attach(jar, Integer.toString(pid), arguments);
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
