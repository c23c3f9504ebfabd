/**
 * The figures: what the agent costs Spark and how fast an executor's processes are gone, measured
 * in turn in one run, as ratios. It only starts Spark with the finished jar, and asserts nothing.
 */
package io.reaper.it.spark.bench;
