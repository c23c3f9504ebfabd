package io.reaper.core.ledger;

import java.io.IOException;

/**
 * Says that a ledger is of another version of the agent: two may share a directory, and the jar may
 * have been replaced under a worker that runs.
 */
public final class OtherVersionException extends IOException {
  private static final long serialVersionUID = 1;

  /** Creates the exception with the reason in words. */
  public OtherVersionException(String reason) {
    super(reason);
  }
}
