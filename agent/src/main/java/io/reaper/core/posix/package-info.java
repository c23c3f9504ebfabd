/**
 * System calls and signal dispositions, in the kernel's own words. Nothing here knows which process
 * is ours or who must die.
 */
package io.reaper.core.posix;
