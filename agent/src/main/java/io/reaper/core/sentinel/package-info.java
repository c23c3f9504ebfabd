/**
 * Makes the modes hold when the worker cannot: the sentinel, the ledger that it reads, and the
 * sweeper. Which processes must die, and how, is decided by the same classes as at an orderly end.
 */
package io.reaper.core.sentinel;
