/**
 * A Flink session cluster of real processes on loopback, and what is measured on it. The agent
 * comes to a TaskManager by Flink's configuration alone; nothing here may reach into Flink's
 * classes to help it.
 */
package io.reaper.it.flink;
