/**
 * Holds the file that outlives the worker: its layout ({@link io.reaper.core.ledger.LedgerFile}),
 * the open file with a slot for each process ({@link io.reaper.core.ledger.Ledger}), and the
 * directory of all workers' ledgers ({@link io.reaper.core.ledger.LedgerDirectory}).
 */
package io.reaper.core.ledger;
