/** What the agent says: the log. Nothing here decides or changes anything. */
package io.reaper.core.observe;
