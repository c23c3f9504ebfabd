/**
 * Orderly ends and the rules of what dies: each shape of process in each mode, at each way to end.
 */
package io.reaper.it.end;
