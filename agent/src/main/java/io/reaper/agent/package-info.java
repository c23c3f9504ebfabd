/**
 * Holds all that the application's class path can see: the entry points and the class loader of the
 * rest. It depends on nothing but the JDK, because a library or a class of {@code io.reaper.core}
 * named here would meet the application's own.
 */
package io.reaper.agent;
