/** The programs that run as workers: each makes one kind of process tree, or waits to be ended. */
package io.reaper.it.scenario;
