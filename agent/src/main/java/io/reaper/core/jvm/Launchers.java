package io.reaper.core.jvm;

import java.util.Set;

/**
 * Knows the libraries that start processes on an application's behalf, and are not what an operator
 * asks for. It is loaded when a text is asked for, and not by a start.
 */
final class Launchers {
  /**
   * The name of what is neither the application's nor worth one: a language's own calls of methods.
   */
  static final String UNNAMED = "";

  /** The beginnings of the classes' names, each with the name of the library. */
  private static final String[] KNOWN = {
    "org.apache.commons.exec.", "commons-exec",
    "org.zeroturnaround.exec.", "zt-exec",
    "org.zeroturnaround.process.", "zt-process-killer",
    "org.buildobjects.process.", "jproc",
    "ch.vorburger.exec.", "vorburger-exec",
    "com.github.fracpete.processoutput4j.", "processoutput4j",
    "org.apache.hadoop.util.Shell", "hadoop Shell",
    "org.apache.spark.util.Utils", "spark Utils",
    "scala.sys.process.", "scala.sys.process",
    "os.proc", "os-lib",
    "os.SubProcess", "os-lib",
    "org.codehaus.groovy.runtime.ProcessGroovyMethods", "groovy execute",
    "clojure.java.shell", "clojure.java.shell",
    "clojure.java.process", "clojure.java.process",
    "org.jruby.util.ShellLauncher", "jruby",
    "hudson.Proc", "jenkins Proc",
    "hudson.Launcher", "jenkins Launcher",
    "hudson.util.ProcessTree", "jenkins ProcessTree",
    "org.jenkinsci.plugins.durabletask.", "durable-task",
    "org.codehaus.plexus.util.cli.", "plexus-utils",
    "org.apache.maven.shared.utils.cli.", "maven-shared-utils",
    "org.apache.maven.surefire.shared.utils.cli.", "maven-shared-utils",
    "org.apache.tools.ant.taskdefs.Exec", "ant exec",
    "org.gradle.process.internal.", "gradle exec",
    "com.google.devtools.build.lib.shell.", "bazel shell",
    "com.intellij.execution.", "intellij execution",
    "org.eclipse.jgit.util.FS", "jgit",
    "org.openqa.selenium.os.", "selenium",
    "oshi.util.ExecutingCommand", "oshi",
    "groovy.lang.", UNNAMED,
    "org.codehaus.groovy.", UNNAMED,
    "org.apache.groovy.", UNNAMED,
    "clojure.lang.", UNNAMED,
    "clojure.core$", UNNAMED,
    "scala.", UNNAMED,
    "kotlin.", UNNAMED,
    "kotlinx.coroutines.", UNNAMED,
    "org.jruby.", UNNAMED,
  };

  private Launchers() {}

  /**
   * Returns the name of the launcher that the class belongs to, {@link #UNNAMED}, or null if it is
   * the application's own.
   *
   * @param own the classes and packages that the operator has named
   */
  static String nameOf(String type, Set<String> own) {
    for (String launcher : own) {
      if (type.startsWith(launcher) && isWhole(type, launcher)) {
        return launcher.substring(launcher.lastIndexOf('.') + 1);
      }
    }
    for (int i = 0; i < KNOWN.length; i += 2) {
      if (type.startsWith(KNOWN[i])) {
        return KNOWN[i + 1];
      }
    }
    return null;
  }

  /** Whether a name ends where that of a package or of a class does. */
  private static boolean isWhole(String type, String launcher) {
    char next = type.length() == launcher.length() ? '.' : type.charAt(launcher.length());
    return next == '.' || next == '$';
  }
}
