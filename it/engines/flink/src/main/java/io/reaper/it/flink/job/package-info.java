/**
 * The job that is shipped to the cluster, a Flink program as anybody writes one. It may name
 * nothing but Flink and the JDK: nothing else is on the cluster's class path.
 */
package io.reaper.it.flink.job;
