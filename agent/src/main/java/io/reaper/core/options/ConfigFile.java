package io.reaper.core.options;

import io.reaper.core.options.Given.Setting;
import io.reaper.core.posix.RegularFile;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Reads the file that {@code config} names: properties (java.util.Properties) in UTF-8. It reads
 * each line by itself, as Properties tells neither the number of a line nor that a key comes twice.
 */
final class ConfigFile {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private ConfigFile() {}

  static Map<Option, Setting> read(Setting config, List<String> complaints) throws OptionException {
    Map<Option, Setting> settings = new EnumMap<>(Option.class);
    String[] lines = text(config).split("\r\n|\r|\n", -1);
    for (int first = 0, next; first < lines.length; first = next) {
      StringBuilder whole = new StringBuilder(lines[first]);
      next = first + 1;
      while (next < lines.length && isContinued(whole)) {
        whole.append('\n').append(lines[next++]);
      }
      String source = config.value() + ":" + (first + 1);
      for (Map.Entry<Object, Object> entry : parse(whole.toString(), source).entrySet()) {
        String key = (String) entry.getKey();
        if (key.equals(Option.CONFIG.key())) {
          throw new OptionException(
              "'config' in " + source + ": a config file names no other; put its lines in here");
        }
        String value = ((String) entry.getValue()).strip();
        Given.put(settings, key, new Setting(value, source), complaints);
      }
    }
    return settings;
  }

  /**
   * Whether the line goes on in the next one: a comment never does; any other line does if it ends
   * with a backslash that no other escapes.
   */
  private static boolean isContinued(CharSequence line) {
    String text = line.toString().stripLeading();
    int backslashes = 0;
    while (backslashes < line.length() && line.charAt(line.length() - 1 - backslashes) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1 && !text.startsWith("#") && !text.startsWith("!");
  }

  private static Properties parse(String line, String source) throws OptionException {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(line));
    } catch (IOException | IllegalArgumentException malformed) {
      throw new OptionException("cannot read " + source + ": " + malformed.getMessage());
    }
    return properties;
  }

  private static String decoded(String file) throws IOException {
    try (InputStream in = RegularFile.read(new File(file))) {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(in.readAllBytes()))
          .toString();
    }
  }

  private static String text(Setting config) throws OptionException {
    String why;
    try {
      String text = decoded(config.value());
      return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    } catch (CharacterCodingException foreign) {
      why = "it is not UTF-8";
    } catch (IOException refused) {
      why = refused.getMessage();
    }
    throw new OptionException(
        "cannot read config="
            + config.value()
            + " (in "
            + config.source()
            + "): "
            + why
            + "; name a properties file");
  }
}
