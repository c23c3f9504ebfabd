/**
 * Crashes: what the sentinel, the ledger and the sweeper do for a worker that is dead, and only
 * then.
 */
package io.reaper.it.crash;
