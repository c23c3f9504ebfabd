/**
 * An ordinary worker that starts processes and does not clean up after itself. It knows nothing of
 * the agent, and may import nothing but the JDK.
 */
package io.reaper.demo;
