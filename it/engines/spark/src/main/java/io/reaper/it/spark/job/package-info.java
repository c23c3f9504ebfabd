/**
 * What a Spark user would have written: drivers and tasks that know nothing of the agent. They may
 * use the JDK and Spark, and no harness, since an executor has only what Spark and this jar bring.
 */
package io.reaper.it.spark.job;
