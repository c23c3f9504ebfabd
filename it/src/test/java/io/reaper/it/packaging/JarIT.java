package io.reaper.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Launch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The finished jar: what an application's class path sees of it, and what comes along. */
class JarIT {

  private static final String OURS = "io/reaper/agent/";
  private static final String HIDDEN = "META-INF/reaper/";
  private static final long LARGEST = 6_000_000;

  private static JarFile jar;

  @BeforeAll
  static void open() throws IOException {
    jar =
        new JarFile(
            Launch.agentIsOff()
                ? "../agent/target/reaper-agent.jar"
                : Launch.agentJar().toString());
  }

  @AfterAll
  static void close() throws IOException {
    jar.close();
  }

  private static List<String> files() {
    return jar.stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName).toList();
  }

  private static String text(String name) throws IOException {
    return new String(
        jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void applicationSeesTheEntryPointsAndNothingElse() {
    assertThat(files()).allMatch(name -> name.startsWith(OURS) || name.startsWith("META-INF/"));
    assertThat(files())
        .filteredOn(name -> name.startsWith(OURS))
        .contains(OURS + "ReaperAgent.class", OURS + "Main.class", OURS + "AgentClassLoader.class")
        .allMatch(name -> name.indexOf('/', OURS.length()) < 0);
  }

  @Test
  void restIsBelowOneDirectoryThatNoOtherClassLoaderLooksInto() {
    assertThat(files())
        .filteredOn(name -> !name.startsWith(OURS) && !name.startsWith(HIDDEN))
        .allMatch(name -> name.matches("META-INF/(MANIFEST\\.MF|LICENSE|NOTICE|licenses/.+)"));
    assertThat(files())
        .contains(HIDDEN + "core.jar", HIDDEN + "ondemand.jar")
        .noneMatch(name -> name.startsWith("META-INF/services/"))
        .noneMatch(name -> name.startsWith("META-INF/versions/"))
        .noneMatch(name -> name.contains("module-info"));
  }

  @Test
  void nativePartIsThereForTheMachinesThatServersAre() {
    assertThat(files())
        .contains(
            HIDDEN + "jni/x86_64-Linux/libjffi-1.2.so",
            HIDDEN + "jni/aarch64-Linux/libjffi-1.2.so");
  }

  @Test
  void jarIsSmall() throws IOException {
    assertThat(Files.size(java.nio.file.Path.of(jar.getName()))).isLessThanOrEqualTo(LARGEST);
  }

  @Test
  void manifestSaysWhereToEnterAndWhatIsNeeded() throws IOException {
    Map<String, String> attributes =
        jar.getManifest().getMainAttributes().entrySet().stream()
            .collect(Collectors.toMap(e -> e.getKey().toString(), e -> e.getValue().toString()));
    assertThat(attributes)
        .containsEntry("Premain-Class", "io.reaper.agent.ReaperAgent")
        .containsEntry("Agent-Class", "io.reaper.agent.ReaperAgent")
        .containsEntry("Main-Class", "io.reaper.agent.Main")
        .containsEntry("Can-Retransform-Classes", "true")
        .containsEntry("Can-Redefine-Classes", "true")
        .containsEntry("Enable-Native-Access", "ALL-UNNAMED")
        .doesNotContainKeys("Class-Path", "Boot-Class-Path", "Multi-Release");
    assertThat(attributes.get(Attributes.Name.IMPLEMENTATION_VERSION.toString())).isNotBlank();
  }

  /** JVMS 4.1: the major version, 52 being Java 8 and 55 being Java 11. */
  @Test
  void classesAreOfJava11AndWhatAnOlderJvmLoadsOfJava8() throws IOException {
    for (String name : files()) {
      if (name.equals(OURS + "ReaperAgent.class") || name.equals(OURS + "Main.class")) {
        assertThat(read(name)[7]).as(name).isEqualTo((byte) 52);
      } else if (name.endsWith(".class")) {
        assertThat(read(name)[7]).as(name).isLessThanOrEqualTo((byte) 55);
      } else if (name.endsWith(".jar")) {
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(read(name)))) {
          for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
            byte[] bytes = in.readAllBytes();
            if (entry.getName().endsWith(".class") && !entry.getName().contains("META-INF")) {
              assertThat(bytes[7]).as(entry.getName()).isLessThanOrEqualTo((byte) 55);
            }
          }
        }
      }
    }
  }

  private static byte[] read(String name) throws IOException {
    return jar.getInputStream(jar.getEntry(name)).readAllBytes();
  }

  @Test
  void licencesOfWhatIsInsideComeAlong() throws IOException {
    assertThat(text("META-INF/LICENSE")).contains("Apache License", "Version 2.0");
    String thirdParties = text("META-INF/licenses/THIRD-PARTY.txt");
    assertThat(thirdParties).contains("net/bytebuddy/jar/asm", "com/kenai/jffi", "picocli");
    assertThat(files()).contains("META-INF/licenses/byte-buddy/META-INF/licenses/ASM");
    assertThat(text("META-INF/licenses/byte-buddy/META-INF/licenses/ASM")).contains("INRIA");
  }

  @Test
  void everyLibraryInsideIsNamedAmongTheThirdParties() throws IOException {
    String thirdParties = text("META-INF/licenses/THIRD-PARTY.txt");
    List<String> libraries =
        files().stream()
            .filter(name -> name.startsWith(HIDDEN))
            .map(name -> name.substring(HIDDEN.length()))
            .filter(name -> !name.equals("core.jar") && !name.equals("ondemand.jar"))
            .map(name -> name.split("/")[0].replace(".jar", ""))
            .distinct()
            .toList();
    assertThat(libraries).isNotEmpty().allMatch(thirdParties::contains);
  }
}
