/**
 * Finds the way into a JVM that runs already; it is the only importer of Byte Buddy's agent loader.
 * Nothing here runs in the worker.
 */
package io.reaper.core.ondemand.attach;
