/** Processes that are not the worker's, or that it is to keep: none of them is signalled. */
package io.reaper.it.innocent;
