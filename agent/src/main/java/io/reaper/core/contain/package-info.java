/**
 * Selects the processes that must die when the worker ends: one class a mode, each with its own
 * view, and their union. Nothing here sends a signal or waits.
 */
package io.reaper.core.contain;
