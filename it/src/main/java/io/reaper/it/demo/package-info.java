/**
 * The demo: what survives the same worker without the agent and with each mode. It only starts the
 * finished jars; it may know nothing of how the agent works.
 */
package io.reaper.it.demo;
