package io.reaper.it.yarn;

import java.util.List;
import java.util.Map;
import org.apache.hadoop.yarn.api.ApplicationConstants;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationSubmissionContext;
import org.apache.hadoop.yarn.api.records.ContainerLaunchContext;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * Starts a ResourceManager and a NodeManager, submits an application whose one container is a
 * {@link Task}, and kills it when it is told a line.
 */
final class Yarn {

  /** What it prints before the state in which the application has ended. */
  static final String ENDED = "ended as ";

  private static final int MEGABYTES = 512;

  private Yarn() {}

  /** Arguments: the report, and the command that starts a JVM with its class path. */
  public static void main(String[] arguments) {
    String java = String.join(" ", List.of(arguments).subList(1, arguments.length));
    try {
      run(java + " " + Task.class.getName() + " " + arguments[0]);
      System.exit(0);
    } catch (Exception | Error e) {
      // Threads of the cluster's would go on.
      e.printStackTrace();
      System.exit(1);
    }
  }

  private static void run(String command) throws Exception {
    YarnConfiguration configuration = new YarnConfiguration();
    configuration.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, MEGABYTES);
    // What a distribution has in conf/capacity-scheduler.xml; half of it is for first containers.
    configuration.set("yarn.scheduler.capacity.root.queues", "default");
    configuration.set("yarn.scheduler.capacity.root.default.capacity", "100");
    configuration.set("yarn.scheduler.capacity.maximum-am-resource-percent", "0.5");
    configuration.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
    configuration.setBoolean(YarnConfiguration.NM_DISK_HEALTH_CHECK_ENABLE, false);
    configuration.setInt(YarnConfiguration.RM_AM_MAX_ATTEMPTS, 1);
    try (MiniYARNCluster cluster = new MiniYARNCluster("reaper", 1, 1, 1)) {
      cluster.init(configuration);
      cluster.start();
      try (YarnClient client = YarnClient.createYarnClient()) {
        client.init(cluster.getConfig());
        client.start();
        ApplicationId application = submit(client, command);
        while (System.in.read() != '\n') {}
        client.killApplication(application);
        System.out.println(
            ENDED + client.getApplicationReport(application).getYarnApplicationState());
        while (System.in.read() >= 0) {}
      }
    }
  }

  private static ApplicationId submit(YarnClient client, String command) throws Exception {
    ApplicationSubmissionContext context =
        client.createApplication().getApplicationSubmissionContext();
    String logs = ApplicationConstants.LOG_DIR_EXPANSION_VAR;
    context.setAMContainerSpec(
        ContainerLaunchContext.newInstance(
            Map.of(),
            Map.of(),
            List.of(command + " 1>" + logs + "/stdout 2>" + logs + "/stderr"),
            null,
            null,
            null));
    context.setQueue("default");
    context.setResource(Resource.newInstance(MEGABYTES, 1));
    return client.submitApplication(context);
  }
}
