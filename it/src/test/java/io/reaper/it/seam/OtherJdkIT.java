package io.reaper.it.seam;

import static io.reaper.it.support.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.reaper.it.harness.Jdk;
import io.reaper.it.harness.Launch;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import io.reaper.it.scenario.Children;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.commons.ClassRemapper;
import net.bytebuddy.jar.asm.commons.Remapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A JDK that forks by a method of another name, as a later one may. */
@ParameterizedClass
@MethodSource("io.reaper.it.harness.Jdk#tested")
record OtherJdkIT(Jdk jdk) {

  private static final String FORK = "java/lang/ProcessImpl";

  /** Writes the two classes of the JDK that know the method's name. */
  private Path patch(Path dir) throws IOException {
    URI modules = URI.create("jrt:/");
    try (FileSystem files =
        FileSystems.newFileSystem(modules, Map.of("java.home", jdk.home().toString()))) {
      for (String name : List.of(FORK, "java/lang/ProcessBuilder")) {
        ClassReader reader =
            new ClassReader(
                Files.readAllBytes(files.getPath("modules/java.base", name + ".class")));
        ClassWriter writer = new ClassWriter(0);
        reader.accept(new ClassRemapper(writer, new OtherName()), 0);
        Path patched = dir.resolve(name + ".class");
        Files.createDirectories(patched.getParent());
        Files.write(patched, writer.toByteArray());
      }
    }
    return dir;
  }

  private static final class OtherName extends Remapper {
    OtherName() {
      super(Opcodes.ASM9);
    }

    @Override
    public String mapMethodName(String owner, String name, String type) {
      return owner.equals(FORK) && name.equals("start") ? "launch" : name;
    }
  }

  @Test
  void childIsKilledAfterACrash(@TempDir Path dir) throws IOException {
    Launch launch =
        Launch.on(jdk).jvm("--patch-module", "java.base=" + patch(dir)).agent("grace=0,log=debug");
    try (Worker worker = launch.start(Children.class, "obedient")) {
      until(worker, () -> !worker.reported("OBEDIENT").isEmpty());
      until(worker, () -> !worker.reported(Worker.SELF).isEmpty());
      worker.launched().kill();
      assertThat(worker.waitFor(20)).isEqualTo(137);
      until(() -> worker.reported("OBEDIENT").stream().noneMatch(Proc::isAlive));
      assertThat(worker.stderr()).contains("started ").doesNotContain("could not");
    }
  }
}
