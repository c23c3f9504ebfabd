/**
 * Who is ours: the processes, by number and start time, and where the knowledge comes from. Nothing
 * here sends a signal.
 */
package io.reaper.core.family;
