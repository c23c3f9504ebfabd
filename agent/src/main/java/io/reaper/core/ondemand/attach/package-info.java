/**
 * The way into a JVM that runs already; the only importer of Byte Buddy's agent loader. Nothing
 * here runs in the worker.
 */
package io.reaper.core.ondemand.attach;
