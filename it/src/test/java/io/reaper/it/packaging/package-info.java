/** The jar as it is shipped, and the files and directories that the agent uses. */
package io.reaper.it.packaging;
