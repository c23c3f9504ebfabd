/**
 * Starts workers and looks at them: JVMs, processes by pid and start time, and what ledgers say. It
 * shares no code with the agent, so that it can bear witness.
 */
package io.reaper.it.harness;
