/** Places that lack something, and an agent that is broken: the worker goes on. */
package io.reaper.it.degraded;
