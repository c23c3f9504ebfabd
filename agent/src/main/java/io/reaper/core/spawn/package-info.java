/**
 * Holds the seam in {@code java.lang.ProcessBuilder} and what it calls; it is the only importer of
 * Byte Buddy. It hands every start over to the family. {@code OwnProcesses} starts what the agent
 * needs for itself.
 */
package io.reaper.core.spawn;
