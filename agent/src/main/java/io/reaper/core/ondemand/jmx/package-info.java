/**
 * Holds the worker's MBean, for operators and their monitoring. It is loaded once the application
 * has an MBeanServer of its own and has started a process; it is the only importer of
 * javax.management.
 */
package io.reaper.core.ondemand.jmx;
