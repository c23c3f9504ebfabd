/**
 * Holds the composition root, and below it one package per concern. Its classes are loaded by
 * {@code AgentClassLoader} alone and are invisible to the application.
 */
package io.reaper.core;
