package io.reaper.it.support;

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
    System.out.println("Not run, so that a build takes minutes:");
    ReflectionSupport.findAllClassesInPackage("io.reaper.it", type -> true, name -> true).stream()
        .flatMap(WhatWasNotRun::full)
        .sorted()
        .forEach(test -> System.out.println("  " + test));
    System.out.println("  some combinations of values that are in other combinations");
    String left = Jdk.untested().stream().map(Jdk::toString).collect(Collectors.joining(", "));
    System.out.println("  all but a part of SurvivalMatrixIT on " + left);
    System.out.println("To run everything: mvn verify -Pfull");
  }

  /** Returns the class, or its methods, if they are tagged "full". */
  private static Stream<String> full(Class<?> type) {
    return isFull(type)
        ? Stream.of(type.getSimpleName())
        : Stream.of(type.getDeclaredMethods())
            .filter(WhatWasNotRun::isFull)
            .map(Method::getName)
            .map(name -> type.getSimpleName() + "." + name);
  }

  private static boolean isFull(AnnotatedElement test) {
    return Stream.of(test.getAnnotationsByType(Tag.class))
        .anyMatch(tag -> tag.value().equals("full"));
  }
}
