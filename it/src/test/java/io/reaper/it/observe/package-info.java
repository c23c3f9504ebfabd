/** What is told of processes: the log, the page, flight recordings and the MBean. */
package io.reaper.it.observe;
