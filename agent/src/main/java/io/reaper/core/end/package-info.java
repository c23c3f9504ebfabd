/**
 * How processes end: the polite signal, the grace, SIGKILL, and the hook that does it at the
 * worker's orderly end. Which processes must die is decided elsewhere.
 */
package io.reaper.core.end;
