/**
 * Holds what most workers never need: commands, JMX, flight recordings and the report. Its classes
 * are a jar within the agent's jar, which is read when the first of them is asked for.
 */
package io.reaper.core.ondemand;
