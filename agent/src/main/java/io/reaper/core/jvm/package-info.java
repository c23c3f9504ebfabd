/**
 * Holds what the agent uses of the JVM that it runs in: threads of its own, the application's line
 * that started a process, and shutdown hooks.
 */
package io.reaper.core.jvm;
