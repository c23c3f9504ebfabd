/**
 * Makes a page that shows the life of every process: collected in the worker, or read from a flight
 * recording. Nothing here is loaded unless a page is asked for.
 */
package io.reaper.core.ondemand.report;
