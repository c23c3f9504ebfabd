package io.reaper.it.bench;

import io.reaper.it.harness.Jdk;
import java.io.PrintStream;
import java.util.Locale;

/** Prints a table that a README can take as it is. */
public final class Report {

  private static final String ROW = "| %-6s | %-60s | %12s | %9s | %-12s | %-6s |%n";

  private final PrintStream out;
  private String section = "";
  private String jdk = "";

  /** Prints to this. */
  public Report(PrintStream out) {
    this.out = out;
  }

  /** The rows that follow are of this JDK. */
  public Report on(Jdk jdk) {
    this.jdk = jdk.toString();
    return this;
  }

  /** Starts a table, unless it is the same one for another JDK. */
  public void head(String section) {
    if (section.equals(this.section)) {
      return;
    }
    this.section = section;
    out.printf("%n%s%n%n", section);
    out.printf(ROW, "", "", "measured", "ratio", "bound", "");
    out.println("| --- | --- | --: | --: | --- | --- |");
  }

  /** A figure that has no bound. */
  public void plain(String what, String measured) {
    out.printf(ROW, jdk, what, measured, "", "", "");
  }

  /** A ratio, and a bound when it is not 0. */
  public void ratio(String what, String measured, double ratio, double bound) {
    String limit = bound == 0 ? "" : String.format(Locale.ROOT, "≤ %.2f ×", bound);
    String verdict = bound == 0 ? "" : verdict(ratio <= bound);
    out.printf(
        ROW, jdk, what, measured, String.format(Locale.ROOT, "%.3f ×", ratio), limit, verdict);
  }

  /** A figure that must not be larger than a bound of the same unit. */
  public void atMost(String what, double value, double bound, String unit) {
    String limit = String.format(Locale.ROOT, "≤ %s", figure(bound, unit));
    out.printf(ROW, jdk, what, figure(value, unit), "", limit, verdict(value <= bound));
  }

  /** A value and its unit. */
  public static String figure(double value, String unit) {
    return String.format(
            Locale.ROOT, value % 1 == 0 || value >= 100 ? "%,.0f %s" : "%.2f %s", value, unit)
        .strip();
  }

  private static String verdict(boolean holds) {
    return holds ? "holds" : "MISSED";
  }
}
