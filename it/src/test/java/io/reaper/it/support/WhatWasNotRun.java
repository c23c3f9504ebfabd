package io.reaper.it.support;

import io.reaper.it.harness.Jdk;
import java.util.List;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/** Says at the end of a quick run what it has left out, and the command that runs it. */
public final class WhatWasNotRun implements TestExecutionListener {
  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    if (!Jdk.FULL) {
      List<Jdk> others = Jdk.all().stream().filter(jdk -> !Jdk.tested().contains(jdk)).toList();
      System.out.println("Not run: the classes tagged \"full\" (chaos, soaks, storms, shortage)");
      System.out.println("and on " + others + " all but crashes. To run them: mvn verify -Pfull");
    }
  }
}
