/**
 * Holds the commands of {@code java -jar reaper-agent.jar}; it is the only importer of picocli.
 * Each reads its arguments, calls what does the work, and says how it went.
 */
package io.reaper.core.ondemand.cli;
