/**
 * Holds the events of JDK Flight Recorder; it is the only importer of jdk.jfr. Nothing here is
 * loaded before a recording has been started.
 */
package io.reaper.core.ondemand.jfr;
