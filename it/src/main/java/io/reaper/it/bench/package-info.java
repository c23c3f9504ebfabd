/**
 * The benchmark: ratios, measured in turn in one run, beside the bounds that they must keep. It
 * only starts JVMs with the finished jar; it may know nothing of how the agent works.
 */
package io.reaper.it.bench;
