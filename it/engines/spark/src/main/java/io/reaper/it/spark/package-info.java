/**
 * A standalone Spark cluster of real processes: Master, Worker, executors and a driver, as Spark
 * ships them. Nothing here is loaded by Spark, and nothing here knows what its jobs do.
 */
package io.reaper.it.spark;
