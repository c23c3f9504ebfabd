/**
 * A real Ray: its head node, a Java driver, and the Java actor that starts processes; and which of
 * them survives which end. Nothing here knows how the agent works: a worker gets it by Ray's own
 * configuration, and by nothing else.
 */
package io.reaper.it.ray;
