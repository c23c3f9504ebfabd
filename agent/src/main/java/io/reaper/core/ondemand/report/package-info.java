/**
 * A page that shows the life of every process: collected in the worker, or read from a flight
 * recording. Nothing here is loaded unless somebody asks for a page.
 */
package io.reaper.core.ondemand.report;
