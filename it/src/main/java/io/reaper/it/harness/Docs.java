package io.reaper.it.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the documentation tells its readers to write. */
public final class Docs {

  private static final Path ROOT = Launch.classes().resolve("../../..").normalize();
  private static final String RECIPES = "agent/docs/recipes.md";

  private Docs() {}

  /** Returns the block of code below a heading of the recipes, the first with that word in it. */
  public static String recipe(String heading, String word) throws IOException {
    return block(RECIPES, heading, word);
  }

  /** Returns the same of any page; the agent's jar in it is this build's. */
  public static String block(String page, String heading, String word) throws IOException {
    String section =
        Files.readString(ROOT.resolve(page)).split("\n## " + heading + "\n")[1].split("\n## ")[0];
    for (String block : section.split("\n```[a-z]*\n")) {
      if (block.contains(word)) {
        return block.replace("/opt/reaper-agent.jar", Launch.agentJar().toString());
      }
    }
    throw new IllegalArgumentException("no " + word + " below " + heading + " in " + page);
  }
}
