/**
 * The composition root, and below it one package a concern. Loaded by {@code AgentClassLoader}
 * alone, invisible to the application.
 */
package io.reaper.core;
