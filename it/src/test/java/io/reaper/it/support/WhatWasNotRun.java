package io.reaper.it.support;

import static java.util.Comparator.reverseOrder;

import io.reaper.it.harness.Jdk;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.platform.commons.support.ReflectionSupport;

/** Says at the end of a quick build what it has left out, and the command that runs it. */
public final class WhatWasNotRun {

  /** The tags of tests that this build leaves out; each is the profile that runs them. */
  private static final List<String> SKIPPED =
      Stream.of(System.getProperty("reaper.it.skipped", "full").split(","))
          .sorted(reverseOrder())
          .toList();

  private WhatWasNotRun() {}

  public static void main(String[] none) {
    List<Jdk> all = Jdk.all();
    System.out.println("Run on " + Jdk.tested() + "; here are " + all);
    Stream.of(11, 17, 21, 25)
        .filter(release -> all.stream().noneMatch(jdk -> jdk.feature() == release))
        .forEach(release -> System.out.println("Not run on JDK " + release + ": it is not here"));
    if (Jdk.FULL) {
      return;
    }
    List<Class<?>> classes =
        ReflectionSupport.findAllClassesInPackage("io.reaper.it", type -> true, name -> true);
    SKIPPED.forEach(tag -> print(tag, classes));
    System.out.println("  some combinations of values that are in other combinations");
    String left = Jdk.untested().stream().map(Jdk::toString).collect(Collectors.joining(", "));
    System.out.println("  all but a part of SurvivalMatrixIT on " + left);
  }

  private static void print(String tag, List<Class<?>> classes) {
    System.out.println("Not run, so that a build takes minutes; mvn verify -P" + tag + " runs:");
    classes.stream()
        .flatMap(type -> tagged(type, tag))
        .sorted()
        .forEach(test -> System.out.println("  " + test));
  }

  /** Returns the class, or its methods, if they are tagged so. */
  private static Stream<String> tagged(Class<?> type, String tag) {
    return isTagged(type, tag)
        ? Stream.of(type.getSimpleName())
        : Stream.of(type.getDeclaredMethods())
            .filter(method -> isTagged(method, tag))
            .map(Method::getName)
            .map(name -> type.getSimpleName() + "." + name);
  }

  private static boolean isTagged(AnnotatedElement test, String tag) {
    return Stream.of(test.getAnnotationsByType(Tag.class)).map(Tag::value).anyMatch(tag::equals);
  }
}
