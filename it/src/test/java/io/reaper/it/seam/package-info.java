/**
 * What is inside the worker: each start is recorded, and application code notices nothing of it.
 */
package io.reaper.it.seam;
