/** A ResourceManager and a NodeManager, and a JVM in a container of theirs. */
package io.reaper.it.yarn;
