/**
 * Rules of the whole tree: which package may use which, what the docs must say and name, and which
 * messages they explain. {@code core} below has the tests of each package, under its own name.
 */
package io.reaper;
