package io.reaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The pages of the tree: short enough to read, and every file and heading that they name is there.
 */
class DocsTest {
  private static final Path ROOT = Path.of("..");
  private static final int MOST_LINES_OF_README = 120;
  private static final int LONGEST_LINE = 120;
  private static final Set<String> NO_SOURCES = Set.of("target", ".git");

  /** Those that README sends its readers to. */
  private static final List<String> PAGES =
      List.of(
          "options",
          "modes",
          "commands",
          "monitoring",
          "messages",
          "containers",
          "recipes",
          "design",
          "security",
          "support",
          "changes");

  /** Languages of blocks of code; DocsIT runs what stands in those of the first line. */
  private static final Set<String> LANGUAGES =
      Set.of(
          "sh",
          "console",
          "crontab",
          "groovy", //
          "java",
          "json",
          "yaml",
          "xml",
          "ini",
          "properties",
          "dockerfile",
          "text");

  /** What begins a line that is meant for a shell. */
  private static final Pattern COMMAND = Pattern.compile("(\\$ |java -|mvn |jcmd |jfr ).*");

  private static final Pattern PROFILES = Pattern.compile("[ `]-P([a-z,-]+)");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  /** A path in code: begins with a directory of the tree, and no pattern and no space in it. */
  private static final Pattern PATH =
      Pattern.compile("`((?:agent|it|demo-app|\\.ci|\\.github)/[^`\\s*]+)`");

  /** Not by Files.walk, which goes into directories that a build is changing meanwhile. */
  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes unused) {
            return NO_SOURCES.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes unused) {
            if (file.toString().endsWith(".md")) {
              pages.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    assertThat(pages).contains(ROOT.resolve("README.md"));
    return pages;
  }

  @Test
  void readmeIsOnePage() throws IOException {
    assertThat(Files.readAllLines(ROOT.resolve("README.md")))
        .hasSizeLessThanOrEqualTo(MOST_LINES_OF_README);
  }

  @Test
  void noLineIsTooLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path page : pages()) {
      List<String> lines = Files.readAllLines(page);
      for (int i = 0; i < lines.size(); i++) {
        int length = lines.get(i).codePointCount(0, lines.get(i).length());
        if (length > LONGEST_LINE) {
          tooLong.add(page + ":" + (i + 1) + " has " + length);
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }

  @Test
  void everyLinkLeadsToAFileAndAHeadingOfTheTree() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://") && !target.startsWith("mailto:") && !exists(page, target)) {
          broken.add(page + " -> " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean exists(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = path.isEmpty() ? page : page.resolveSibling(path);
    return Files.exists(file) && (hash < 0 || anchors(file).contains(target.substring(hash + 1)));
  }

  /** As the pages of a repository make them of headings. */
  private static List<String> anchors(Path page) throws IOException {
    List<String> anchors = new ArrayList<>();
    boolean inCode = false;
    for (String line : Files.readAllLines(page)) {
      inCode ^= line.startsWith("```");
      if (!inCode && line.startsWith("#")) {
        String heading = line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT);
        anchors.add(heading.replaceAll("[^\\p{Alnum} _-]", "").replace(' ', '-'));
      }
    }
    return anchors;
  }

  @Test
  void everyBlockOfCodeSaysWhatItIsSoThatAllCommandsAreFoundAndRun() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path page : pages()) {
      if (!page.startsWith(ROOT.resolve("agent")) && !page.equals(ROOT.resolve("README.md"))) {
        continue;
      }
      List<String> lines = Files.readAllLines(page);
      String language = null;
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        if (line.startsWith("```")) {
          language = language == null ? line.substring(3) : null;
        }
        boolean isCode = language != null && !line.startsWith("```");
        if (language != null && !LANGUAGES.contains(language)
            || isCode && language.equals("text") && COMMAND.matcher(line).matches()) {
          wrong.add(page + ":" + (i + 1) + " " + line);
        }
      }
    }
    assertThat(wrong).as("write ```sh or ```console before commands").isEmpty();
  }

  @Test
  void everyProfileOfMavenThatIsNamedIsThere() throws IOException {
    StringBuilder poms = new StringBuilder();
    for (String pom : List.of("", "agent", "it", "it/engines/spark", "it/engines/flink")) {
      poms.append(Files.readString(ROOT.resolve(pom).resolve("pom.xml")));
    }
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      Matcher profiles = PROFILES.matcher(Files.readString(page));
      while (profiles.find()) {
        for (String profile : profiles.group(1).split(",")) {
          if (!poms.toString().contains("<id>" + profile + "</id>")) {
            missing.add(page + ": -P" + profile);
          }
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyPathThatIsNamedIsThere() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      Matcher path = PATH.matcher(Files.readString(page));
      while (path.find()) {
        // What the build makes is not there before it.
        if (!path.group(1).contains("/target/") && !Files.exists(ROOT.resolve(path.group(1)))) {
          missing.add(page + ": " + path.group(1));
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void readmeLeadsToEveryPageOfTheDocs() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    assertThat(PAGES)
        .allSatisfy(page -> assertThat(readme).contains("(agent/docs/" + page + ".md"));
    try (Stream<Path> files = Files.list(Path.of("docs"))) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".md", "")))
          .containsExactlyInAnyOrderElementsOf(PAGES);
    }
  }

  @Test
  void everyModeHasARowInReadmeAndInTheTableOfModes() throws IOException {
    for (String mode : List.of("children", "process-group", "subreaper", "cgroup")) {
      assertThat(Files.readString(ROOT.resolve("README.md"))).contains("\n| `" + mode);
      assertThat(Files.readString(Path.of("docs/modes.md"))).contains("\n| `" + mode + "` |");
    }
  }
}
