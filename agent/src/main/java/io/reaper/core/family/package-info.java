/**
 * Tells which processes are the worker's, by pid and start time, and where that knowledge comes
 * from. Nothing here sends a signal.
 */
package io.reaper.core.family;
