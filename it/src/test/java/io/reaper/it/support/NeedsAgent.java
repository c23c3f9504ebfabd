package io.reaper.it.support;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.reaper.it.harness.Launch;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips tests that are of no use without the agent. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsAgent.Assumption.class)
public @interface NeedsAgent {

  /**
   * Skips each test by itself: a parameterized class that {@code @DisabledIf} skips as a whole is
   * missing from Surefire's report.
   */
  final class Assumption implements BeforeEachCallback {

    @Override
    public void beforeEach(ExtensionContext test) {
      assumeThat(Launch.agentIsOff()).as("the agent is off").isFalse();
    }
  }
}
