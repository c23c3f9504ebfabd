/**
 * Makes system calls and sets signal dispositions, in the kernel's own words. Nothing here knows
 * which process is ours or which must die.
 */
package io.reaper.core.posix;
