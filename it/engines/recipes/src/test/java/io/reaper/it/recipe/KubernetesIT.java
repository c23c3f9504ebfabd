package io.reaper.it.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Docs;
import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Venv;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The pods of the docs have only fields that Kubernetes knows; no cluster runs them here. */
class KubernetesIT {

  private static final String CONTAINERS = "agent/docs/containers.md";
  private static final String ENGINES = "it/engines/README.md";

  /** Before a part of a pod. */
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: { name: worker }
      """;

  private static Venv validator;

  @BeforeAll
  static void validatorIsThere() throws IOException {
    try {
      validator =
          Venv.of(
              "kubernetes-validate",
              System.getProperty("reaper.it.kubernetes-validate.version"),
              Path.of(System.getProperty("reaper.it.kubernetes-validate.home")));
    } catch (Venv.Unavailable e) {
      Assumptions.abort("kubernetes-validate is not available here: " + e.getMessage());
    }
  }

  /** Returns the status of a check against the API of the version of the validator. */
  private static int check(String pod) throws IOException {
    Launch launch = Launch.on(Jdk.forEngines().get(0));
    Path file = launch.dir().resolve("pod.yaml");
    Files.writeString(file, pod);
    List<String> options = List.of("--strict", file.toString());
    try (Worker check = launch.start(validator.command("kubernetes-validate"), options)) {
      int status = check.waitFor(60);
      System.out.print(check.stdout());
      return status;
    }
  }

  @Test
  void podWithAnInitContainerIsOne() throws IOException {
    assertThat(check(POD + Docs.block(CONTAINERS, "Kubernetes", "spec:"))).isZero();
  }

  @Test
  void podTemplateForSparkIsAPod() throws IOException {
    assertThat(check(Docs.block(ENGINES, "Spark on Kubernetes", "kind: Pod"))).isZero();
  }

  @Test
  void fieldThatKubernetesDoesNotKnowIsFound() throws IOException {
    String pod = Docs.block(ENGINES, "Spark on Kubernetes", "kind: Pod");
    assertThat(check(pod.replace("initContainers", "initContainer"))).isNotZero();
  }
}
