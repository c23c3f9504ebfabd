package io.reaper.core.ondemand.jmx;

import io.reaper.core.observe.Log;
import io.reaper.core.observe.Observation;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;

/**
 * Puts the MBean where the application's own are. It never asks for the platform's MBeanServer,
 * which would make it before the application has said with what builder (JDK, ManagementFactory).
 */
public final class Registration implements Runnable {
  private static final String NAME = "io.reaper:type=Reaper";
  private static final long LONGEST_NAP_MILLIS = 1000;
  private static final long PATIENCE_MILLIS = 60_000;

  private final ReaperMXBean bean;
  private final Observation observation;
  private final Log log;

  /**
   * Creates the registration, which runs on a thread of its own when the first class of an
   * MBeanServer has been loaded.
   */
  public Registration(ReaperMXBean bean, Observation observation, Log log) {
    this.bean = bean;
    this.observation = observation;
    this.log = log;
  }

  @Override
  public void run() {
    try {
      long nap = 10;
      for (long waited = 0; waited < PATIENCE_MILLIS; waited += nap) {
        Thread.sleep(nap);
        List<MBeanServer> servers = MBeanServerFactory.findMBeanServer(null);
        if (!servers.isEmpty()) {
          register(servers);
          return;
        }
        nap = Math.min(nap * 2, LONGEST_NAP_MILLIS);
      }
      log.info("no MBeanServer has come, and " + NAME + " is not registered");
    } catch (InterruptedException ended) {
      // Nothing but a debugger interrupts this thread.
    } catch (JMException | RuntimeException refused) {
      log.warn("cannot register " + NAME + ": " + refused);
    }
  }

  private void register(List<MBeanServer> servers) throws JMException {
    ObjectName name = new ObjectName(NAME);
    for (MBeanServer server : servers) {
      if (!server.isRegistered(name)) {
        DescribedBean described = new DescribedBean(bean, name);
        server.registerMBean(described, name);
        observation.tellConsole(described);
      }
    }
  }
}
