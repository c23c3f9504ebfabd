package io.reaper.core.ondemand.jmx;

import io.reaper.core.observe.Observer;
import io.reaper.core.observe.ProcessEnd;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanFeatureInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanNotificationInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.Notification;
import javax.management.NotificationBroadcasterSupport;
import javax.management.ObjectName;
import javax.management.StandardEmitterMBean;

/**
 * Adds to the MBean a description of each attribute and operation, and a notification for a kill.
 */
final class DescribedBean extends StandardEmitterMBean implements Observer {
  /** The type of the notifications. */
  static final String KILLED = "io.reaper.killed";

  private static final String[] DESCRIPTIONS = {
    "Version", "The agent's version",
    "Modes", "The modes that are on: they say what dies with the worker",
    "Options", "Every option as it holds now, by its key",
    "SentinelAlive",
        "Whether a process watches that ends the worker's processes after a crash;"
            + " none does before the first start",
    "LedgerOk",
        "Whether all that is known of the worker's processes is written down for after a crash;"
            + " false before the first start",
    "Children", "The worker's living children, recorded and adopted",
    "Descendants", "What would die with the worker beside its children",
    "LivingChildren", "How many children the application has started and not lost yet",
    "Started", "How many processes the application has started",
    "Exited", "How many of those have ended, and their statuses been collected",
    "Adopted", "How many orphans have come to the worker, which is a subreaper",
    "Reaped", "How many of those are gone",
    "Killed", "How many processes the agent has ended so far",
    "kill",
        "Ends one process as the worker's end would: polite signal, grace, SIGKILL;"
            + " false if it does not die",
    "killAll", "Ends all that the worker's end would; returns how many; the worker goes on",
    "keep", "Lets that process and its descendants outlive the worker, however it ends",
  };

  private final AtomicLong notifications = new AtomicLong();
  private final ObjectName name;

  DescribedBean(ReaperMXBean bean, ObjectName name) {
    super(
        bean,
        ReaperMXBean.class,
        true,
        new NotificationBroadcasterSupport(
            new MBeanNotificationInfo(
                new String[] {KILLED},
                Notification.class.getName(),
                "The agent has ended a process; the user data is its pid")));
    this.name = name;
  }

  @Override
  public void processKilled(ProcessEnd process) {
    String command = process.command().isEmpty() ? process.name() : process.command();
    Notification notification =
        new Notification(
            KILLED,
            name,
            notifications.incrementAndGet(),
            "killed "
                + command
                + " ["
                + process.pid()
                + "] by SIG"
                + process.signal()
                + ": "
                + process.reason());
    notification.setUserData(process.pid());
    sendNotification(notification);
  }

  @Override
  protected String getDescription(MBeanInfo info) {
    return "The processes of this JVM, and what becomes of them when it ends (reaper-agent)";
  }

  @Override
  protected String getDescription(MBeanAttributeInfo info) {
    return describe(info);
  }

  @Override
  protected String getDescription(MBeanOperationInfo info) {
    return describe(info);
  }

  private static String describe(MBeanFeatureInfo info) {
    for (int i = 0; i < DESCRIPTIONS.length; i += 2) {
      if (DESCRIPTIONS[i].equals(info.getName())) {
        return DESCRIPTIONS[i + 1];
      }
    }
    return info.getName();
  }

  @Override
  protected String getParameterName(
      MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
    return "pid";
  }

  @Override
  protected String getDescription(
      MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
    return "The number of a process that a mode covers";
  }

  @Override
  protected int getImpact(MBeanOperationInfo operation) {
    return MBeanOperationInfo.ACTION;
  }
}
