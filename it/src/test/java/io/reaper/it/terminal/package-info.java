/** Workers in a terminal, and in the jobs of an interactive shell. */
package io.reaper.it.terminal;
