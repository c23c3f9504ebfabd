/**
 * How processes end: the polite signal, the grace, SIGKILL, and what is told of it. When that is,
 * {@code OrderlyEnd}, {@code DeadWorker} and {@code Supervisor} decide; which processes, package
 * {@code contain}.
 */
package io.reaper.core.end;
