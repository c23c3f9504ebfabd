/** What a fleet counts, out of the kill log: the text format of Prometheus. */
package io.reaper.core.ondemand.metrics;
