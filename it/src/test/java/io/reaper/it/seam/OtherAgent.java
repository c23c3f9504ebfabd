package io.reaper.it.seam;

import io.reaper.it.support.AgentJar;
import java.nio.file.Path;
import java.util.Map;

/** Builds an agent that does to ProcessBuilder what other agents do. */
final class OtherAgent {

  private static final String NAME = "OtherAgent";

  private static final String SOURCE =
      """
      import java.lang.instrument.ClassFileTransformer;
      import java.lang.instrument.Instrumentation;
      import java.security.ProtectionDomain;

      public class OtherAgent implements ClassFileTransformer {
        private final boolean rewrites;

        OtherAgent(boolean rewrites) {
          this.rewrites = rewrites;
        }

        public static void premain(String deed, Instrumentation jvm) throws Exception {
          switch (deed) {
            case "load":
              new ProcessBuilder("true");
              break;
            case "spawn":
              new ProcessBuilder("true").start().waitFor();
              break;
            case "spawn-in-a-thread":
              java.util.concurrent.CountDownLatch spawned =
                  new java.util.concurrent.CountDownLatch(1);
              Thread thread = new Thread(() -> spawnAndStay(spawned));
              thread.setDaemon(true);
              thread.start();
              spawned.await();
              break;
            case "transform":
              jvm.addTransformer(new OtherAgent(false));
              break;
            case "rewrite":
              jvm.addTransformer(new OtherAgent(true));
              break;
            case "retransform":
              jvm.addTransformer(new OtherAgent(true), true);
              jvm.retransformClasses(ProcessBuilder.class);
              break;
            default:
              throw new IllegalArgumentException(deed);
          }
        }

        private static void spawnAndStay(java.util.concurrent.CountDownLatch spawned) {
          try {
            new ProcessBuilder("sh", "./leaf", "EARLY").start();
            spawned.countDown();
            Thread.sleep(Long.MAX_VALUE);
          } catch (Exception failed) {
            throw new IllegalStateException(failed);
          }
        }

        @Override
        public byte[] transform(
            ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
          return rewrites && "java/lang/ProcessBuilder".equals(name) ? bytes.clone() : null;
        }
      }
      """;

  private OtherAgent() {}

  static Path jar(Path dir) {
    return AgentJar.build(dir, NAME, SOURCE, Map.of());
  }
}
