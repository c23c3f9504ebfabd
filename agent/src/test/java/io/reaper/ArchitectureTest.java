package io.reaper;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.reaper.core.contain.Cleanup;
import io.reaper.core.contain.Containment;
import io.reaper.core.contain.Coverage;
import io.reaper.core.end.Termination;
import io.reaper.core.family.Family;
import io.reaper.core.family.Housekeeper;
import io.reaper.core.family.Orphans;
import io.reaper.core.family.Sigchld;
import io.reaper.core.ondemand.run.Supervisor;
import io.reaper.core.posix.LazyPosix;
import io.reaper.core.posix.NativeAccess;
import io.reaper.core.sentinel.CrashGuard;
import io.reaper.core.spawn.Seam;
import io.reaper.core.spawn.SpawnRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of the house that a compiler does not know. */
class ArchitectureTest {
  private static final Path SOURCES = Path.of("src/main/java");

  private static JavaClasses agent;

  @BeforeAll
  static void readTheClasses() {
    agent =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.reaper");
    assertThat(agent).hasSizeGreaterThan(50);
  }

  @Test
  void whatTheApplicationSeesDependsOnNothingButTheJdk() {
    classes()
        .that()
        .resideInAPackage("io.reaper.agent")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "io.reaper.agent")
        .check(agent);
  }

  @ParameterizedTest
  @CsvSource({
    "net.bytebuddy.jar.., io.reaper.core.spawn",
    "net.bytebuddy.agent.., io.reaper.core.ondemand.attach",
    "com.kenai.., io.reaper.core.posix.libc",
    "picocli.., io.reaper.core.ondemand.cli",
    "jdk.jfr.., io.reaper.core.ondemand.[jfr|report]",
    "javax.management.., io.reaper.core.ondemand.jmx"
  })
  void libraryHasOneImporter(String library, String importer) {
    noClasses()
        .that()
        .resideOutsideOfPackage(importer)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(agent);
    classes()
        .that(are(resideInAPackage(importer)))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "io.reaper..", library)
        .check(agent);
  }

  @Test
  void nothingButTheJdkAndFourLibrariesIsUsed() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "io.reaper..",
                "net.bytebuddy..",
                "com.kenai..",
                "picocli..",
                "jdk.jfr..",
                "javax.management.."))
        .check(agent);
  }

  @Test
  void noClassTouchesWhatAnApplicationServerChoosesForItself() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.logging..", "java.lang.management..")
        .check(agent);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(new EachPackage()).should().beFreeOfCycles().check(agent);
  }

  private static final class EachPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }

    @Override
    public String getDescription() {
      return "each package";
    }
  }

  @ParameterizedTest
  @CsvSource({
    "observe, none",
    "jvm, observe",
    "proc, observe",
    "ledger, observe|proc|posix",
    "posix, observe",
    "options, observe|posix",
    "family, observe|posix|proc|ledger|jvm",
    "end, observe|posix|proc|jvm|family",
    "contain, observe|posix|proc|ledger|family|options|end",
    "spawn, observe|posix|proc|jvm|family|contain",
    "sentinel, observe|posix|proc|ledger|jvm|family|options|end|contain|spawn",
    "ondemand.attach, posix|proc",
    "look, observe|posix|proc|ledger|family|options|end|contain|sentinel",
    "ondemand.jmx, observe|posix|proc|jvm|family|end|contain",
    "ondemand.metrics, posix|jvm",
    "ondemand.report, observe|posix|jvm|ondemand.metrics",
    "ondemand.run, observe|posix|proc|ledger|jvm|family|options|end|contain|spawn|sentinel"
  })
  void nothingFlowsBack(String from, String to) {
    String[] allowed =
        Stream.concat(
                Stream.of(
                    "java..",
                    "javax.management..",
                    "jdk.jfr..",
                    "net.bytebuddy..",
                    "com.kenai..",
                    "io.reaper.agent"),
                Stream.concat(Stream.of(from), Stream.of(to.split("\\|")))
                    .map(name -> "io.reaper.core." + name + ".."))
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage("io.reaper.core." + from + "..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed)
        .check(agent);
  }

  @Test
  void partsAreMadeWhereTheyArePutTogether() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.reaper.core", "io.reaper.core.ondemand.run", "io.reaper.core.ondemand.cli")
        .should()
        .callConstructorWhere(
            callTo(
                Family.class,
                Housekeeper.class,
                Orphans.class,
                Sigchld.class,
                Seam.class,
                SpawnRecorder.class,
                Containment.class,
                LazyPosix.class,
                NativeAccess.class,
                CrashGuard.class,
                Supervisor.class))
        .check(agent);
  }

  @Test
  void theMeansOfAnEndAreMadeInOnePlace() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Cleanup.class)
        .should()
        .callConstructorWhere(callTo(Coverage.class, Termination.class))
        .check(agent);
  }

  private static DescribedPredicate<JavaConstructorCall> callTo(Class<?>... parts) {
    Set<String> names = Stream.of(parts).map(Class::getName).collect(Collectors.toSet());
    return DescribedPredicate.describe(
        "that makes one of " + names, call -> names.contains(call.getTargetOwner().getName()));
  }

  @Test
  void procHasOneReader() throws IOException {
    Pattern literal = Pattern.compile("\"(/proc[^\"]*)\"");
    Map<String, String> found = new TreeMap<>();
    for (Path file : sources()) {
      String text = Files.readString(file);
      String places =
          literal
              .matcher(text)
              .results()
              .map(m -> m.group(1))
              .distinct()
              .collect(Collectors.joining(" "));
      if (!places.isEmpty()) {
        found.put(file.getFileName().toString(), places);
      }
    }
    // Whose a file is, is asked of /proc/self; what is open is opened anew through /proc/PID/fd.
    assertThat(found)
        .isEqualTo(
            Map.of(
                "ProcFs.java", "/proc /proc/self/fd/0",
                "SafePath.java", "/proc/self",
                "Sentinel.java", "/proc/"));
  }

  @Test
  void stdoutIsLeftToTheApplicationAndTheCommandLine() throws IOException {
    assertThat(filesWith("System.out")).containsExactly("Configuration.java");
    assertThat(filesWith("FileDescriptor.out"))
        .containsExactlyInAnyOrder("LogDestination.java", "JvmSentinel.java", "Output.java");
  }

  @Test
  void noFileIsLongerThanCanBeHeldInMind() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
      for (Path file : files.filter(each -> each.toString().matches(".*\\.(java|sh)")).toList()) {
        assertThat(Files.readAllLines(file).size()).as(file.toString()).isLessThanOrEqualTo(300);
      }
    }
  }

  @Test
  void everyPackageSaysWhatLivesThere() throws IOException {
    Path ours = SOURCES.resolve("io/reaper");
    Stream<Path> packages = sources().stream().map(Path::getParent).distinct();
    for (Path directory : packages.filter(each -> each.startsWith(ours)).toList()) {
      assertThat(directory.resolve("package-info.java")).exists();
    }
  }

  private static List<String> filesWith(String text) throws IOException {
    List<String> names = new ArrayList<>();
    for (Path file : sources()) {
      if (Files.readString(file).contains(text)) {
        names.add(file.getFileName().toString());
      }
    }
    return names;
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }
}
