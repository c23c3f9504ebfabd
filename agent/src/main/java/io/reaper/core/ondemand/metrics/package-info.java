/** Counts for a fleet what is in the kill log: the text format of Prometheus. */
package io.reaper.core.ondemand.metrics;
