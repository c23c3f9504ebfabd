/** Python drivers of an unmodified PySpark, and what their workers start. */
package io.reaper.it.pyspark;
