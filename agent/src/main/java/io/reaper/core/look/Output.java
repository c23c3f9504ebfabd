package io.reaper.core.look;

import io.reaper.core.observe.Log;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Writes what a command prints to stdout. What cannot be written there is an error: a full disk or
 * a closed pipe must not look like an empty answer, as it does with a PrintStream.
 */
public final class Output {
  /** The exit status of a command whose output could not be written (sysexits.h, EX_IOERR). */
  public static final int NOT_WRITTEN = 74;

  /**
   * The properties in which the JDK says how stdout is encoded: since 19, before that on a
   * terminal, and since 17.
   */
  private static final String[] ENCODINGS = {
    "stdout.encoding", "sun.stdout.encoding", "native.encoding"
  };

  private Output() {}

  /** Prints text for a person, as the locale has it. Returns the exit status. */
  public static int text(String text) {
    return write(text.getBytes(encoding()));
  }

  /** Prints JSON, in UTF-8 whatever the locale says (RFC 8259, 8.1). Returns the exit status. */
  public static int json(String json) {
    return write(json.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether a person sees every letter that is printed. */
  static boolean hasEveryLetter() {
    return encoding().equals(StandardCharsets.UTF_8);
  }

  private static Charset encoding() {
    for (String key : ENCODINGS) {
      String name = System.getProperty(key);
      if (name != null && Charset.isSupported(name)) {
        return Charset.forName(name);
      }
    }
    return Charset.defaultCharset();
  }

  private static int write(byte[] bytes) {
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    try {
      out.write(bytes);
      return 0;
    } catch (IOException refused) {
      Log.toStderr(Log.Level.ERROR).error("cannot write to stdout: " + refused.getMessage());
      return NOT_WRITTEN;
    }
  }
}
