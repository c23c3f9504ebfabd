package io.reaper.it.flink;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * Flink's conf directory, and what the start scripts of a distribution make of it: the options of a
 * JVM. Maven Central has no distribution; what its {@code bin/config.sh} asks Flink for is asked
 * for here.
 */
record Configuration(Path dir, int rpcPort, int restPort) {

  /** What the conf/config.yaml of a distribution says. */
  private static final String MODULES =
      "--add-exports=java.base/sun.net.util=ALL-UNNAMED"
          + " --add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED"
          + " --add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
          + " --add-opens=java.base/java.lang=ALL-UNNAMED"
          + " --add-opens=java.base/java.net=ALL-UNNAMED"
          + " --add-opens=java.base/java.io=ALL-UNNAMED"
          + " --add-opens=java.base/java.nio=ALL-UNNAMED"
          + " --add-opens=java.base/sun.nio.ch=ALL-UNNAMED"
          + " --add-opens=java.base/java.lang.reflect=ALL-UNNAMED"
          + " --add-opens=java.base/java.text=ALL-UNNAMED"
          + " --add-opens=java.base/java.time=ALL-UNNAMED"
          + " --add-opens=java.base/java.util=ALL-UNNAMED"
          + " --add-opens=java.base/java.util.concurrent=ALL-UNNAMED"
          + " --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED"
          + " --add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED";

  private static final String YAML =
      """
      jobmanager.rpc.address: 127.0.0.1
      jobmanager.rpc.port: %d
      jobmanager.bind-host: 127.0.0.1
      jobmanager.memory.process.size: 800m
      rest.address: 127.0.0.1
      rest.bind-address: 127.0.0.1
      rest.port: %d
      taskmanager.host: 127.0.0.1
      taskmanager.bind-host: 127.0.0.1
      taskmanager.numberOfTaskSlots: 2
      taskmanager.memory.process.size: 1g
      taskmanager.memory.jvm-metaspace.size: 128m
      parallelism.default: 4
      restart-strategy.type: fixed-delay
      restart-strategy.fixed-delay.attempts: 1000
      restart-strategy.fixed-delay.delay: 200 ms
      execution.checkpointing.interval: 300 ms
      heartbeat.interval: 500 ms
      heartbeat.timeout: 20 s
      io.tmp.dirs: %s
      env:
        java:
          opts:
            all: %s
      """;

  private static final String LOG =
      """
      rootLogger.level = INFO
      rootLogger.appenderRef.console.ref = Console
      appender.console.name = Console
      appender.console.type = CONSOLE
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{ISO8601} %-5p %c{1} - %m%n%ex
      """;

  /** A configuration in this directory, with two ports that are free now. */
  static Configuration in(Path dir) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket rpc = new ServerSocket(0, 1, loopback);
        ServerSocket rest = new ServerSocket(0, 1, loopback)) {
      return new Configuration(dir, rpc.getLocalPort(), rest.getLocalPort());
    }
  }

  /** Says what TaskManagers get that are started from now on; empty for nothing. */
  void write(String taskManagerOptions) throws IOException {
    String yaml = YAML.formatted(rpcPort, restPort, dir, MODULES);
    if (!taskManagerOptions.isEmpty()) {
      yaml += "env.java.opts.taskmanager: " + taskManagerOptions + "\n";
    }
    Files.writeString(dir.resolve("config.yaml"), yaml);
    Files.writeString(dir.resolve("log4j-console.properties"), LOG);
  }

  List<String> clientJvm() {
    return jvm("-Xmx256m", CoreOptions.FLINK_CLI_JVM_OPTIONS);
  }

  List<String> jobManagerJvm() {
    String memory =
        JobManagerProcessUtils.generateJvmParametersStr(
            JobManagerProcessUtils.processSpecFromConfig(load()), load());
    return jvm(memory, CoreOptions.FLINK_JM_JVM_OPTIONS);
  }

  List<String> taskManagerJvm() {
    return jvm(
        ProcessMemoryUtils.generateJvmParametersStr(taskManager()),
        CoreOptions.FLINK_TM_JVM_OPTIONS);
  }

  List<String> taskManagerArguments() {
    return words(TaskExecutorProcessUtils.generateDynamicConfigsStr(taskManager()));
  }

  private TaskExecutorProcessSpec taskManager() {
    return TaskExecutorProcessUtils.processSpecFromConfig(load());
  }

  private List<String> jvm(String memory, ConfigOption<String> own) {
    List<String> options = new ArrayList<>(words(memory));
    options.addAll(words(load().get(CoreOptions.FLINK_JVM_OPTIONS)));
    options.addAll(words(load().get(own)));
    options.add("-Dlog4j.configurationFile=" + dir.resolve("log4j-console.properties"));
    return options;
  }

  private org.apache.flink.configuration.Configuration load() {
    return GlobalConfiguration.loadConfiguration(dir.toString());
  }

  private static List<String> words(String options) {
    return options.isBlank() ? List.of() : List.of(options.strip().split("\\s+"));
  }
}
