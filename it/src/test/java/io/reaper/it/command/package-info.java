/** What a user types: the options of the agent, and each command of its jar. */
package io.reaper.it.command;
