/**
 * Holds what the agent says: the log, and what it tells observers. Nothing here decides or changes
 * anything.
 */
package io.reaper.core.observe;
