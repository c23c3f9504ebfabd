/**
 * Selects the processes that must die when the worker ends: one class a mode, each with its own
 * view, and their union. The modes also enter and leave what they need (a group, a cgroup, the
 * subreaper flag), and strike at once where the kernel can; signals to single processes are package
 * {@code end}'s.
 */
package io.reaper.core.contain;
