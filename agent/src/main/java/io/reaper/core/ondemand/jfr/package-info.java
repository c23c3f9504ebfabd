/**
 * The events of JDK Flight Recorder; the only importer of jdk.jfr. Nothing here is loaded before a
 * recording has been started.
 */
package io.reaper.core.ondemand.jfr;
