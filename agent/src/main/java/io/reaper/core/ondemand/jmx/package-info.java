/**
 * The worker's MBean, for operators and their monitoring. Loaded once the application has an
 * MBeanServer of its own and has started a process; the only importer of javax.management.
 */
package io.reaper.core.ondemand.jmx;
