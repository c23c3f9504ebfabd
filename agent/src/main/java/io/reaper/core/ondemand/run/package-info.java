/**
 * Holds {@code run}: the supervisor of one command, with no agent in it. It is put together from
 * the same parts as the agent; nothing here knows of a JVM worker.
 */
package io.reaper.core.ondemand.run;
