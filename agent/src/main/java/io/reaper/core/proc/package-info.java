/**
 * Reads what /proc says: of any process ({@link io.reaper.core.proc.ProcFs}), and of this one alone
 * ({@link io.reaper.core.proc.OwnProc}). A process is named by its pid and its start time.
 */
package io.reaper.core.proc;
