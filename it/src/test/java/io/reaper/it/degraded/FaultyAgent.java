package io.reaper.it.degraded;

import io.reaper.it.harness.Launch;
import io.reaper.it.support.AgentJar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Builds an agent that, when one class of the real agent is loaded, gives the JVM another version
 * of it, whose methods throw.
 */
final class FaultyAgent {

  private static final String NAME = "FaultyAgent";
  private static final String FAULTY_CLASS = "faulty-class";

  private static final String SOURCE =
      """
      import java.io.InputStream;
      import java.lang.instrument.ClassFileTransformer;
      import java.lang.instrument.Instrumentation;
      import java.security.ProtectionDomain;

      public class FaultyAgent implements ClassFileTransformer {
        private final String name;
        private final byte[] faulty;

        FaultyAgent(String name, byte[] faulty) {
          this.name = name;
          this.faulty = faulty;
        }

        public static void premain(String name, Instrumentation jvm) throws Exception {
          try (InputStream in = FaultyAgent.class.getResourceAsStream("faulty-class")) {
            jvm.addTransformer(new FaultyAgent(name, in.readAllBytes()));
          }
        }

        @Override
        public byte[] transform(
            ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
          return name != null && name.equals(this.name) ? faulty : null;
        }
      }
      """;

  private FaultyAgent() {}

  /**
   * @param fault a class of the agent, and a method after # if not all of them are to throw
   * @param throwable what they throw
   */
  static Path jar(Path dir, String fault, Class<? extends Throwable> throwable) {
    try {
      byte[] faulty = faulty(fault, throwable);
      return AgentJar.build(dir, NAME, SOURCE, Map.of(FAULTY_CLASS, faulty));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] faulty(String fault, Class<? extends Throwable> throwable)
      throws IOException {
    String[] words = fault.split("#");
    AtomicInteger faults = new AtomicInteger();
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    ClassVisitor visitor =
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String type, String signature, String[] exceptions) {
            MethodVisitor code = super.visitMethod(access, name, type, signature, exceptions);
            // It is there, and it was made: what it does is what fails.
            boolean fails =
                words.length == 1
                    ? !name.startsWith("<") && !name.startsWith("lambda$")
                    : name.equals(words[1]);
            if (!fails || (access & Opcodes.ACC_ABSTRACT) != 0) {
              return code;
            }
            faults.incrementAndGet();
            writeThrow(code, throwable.getName().replace('.', '/'));
            // Its own code is left out.
            return null;
          }
        };
    reader(words[0]).accept(visitor, 0);
    if (faults.get() == 0) {
      throw new IllegalArgumentException("the agent has no " + fault);
    }
    return writer.toByteArray();
  }

  private static ClassReader reader(String name) throws IOException {
    try (JarFile jar = new JarFile(Launch.agentJar().toFile());
        ZipInputStream core =
            new ZipInputStream(jar.getInputStream(jar.getEntry("META-INF/reaper/core.jar")))) {
      for (ZipEntry entry = core.getNextEntry(); entry != null; entry = core.getNextEntry()) {
        if (entry.getName().equals(name + ".class")) {
          return new ClassReader(core);
        }
      }
      throw new IllegalArgumentException("the agent has no class " + name);
    }
  }

  private static void writeThrow(MethodVisitor code, String throwable) {
    code.visitCode();
    code.visitTypeInsn(Opcodes.NEW, throwable);
    code.visitInsn(Opcodes.DUP);
    code.visitLdcInsn("a fault put in");
    code.visitMethodInsn(
        Opcodes.INVOKESPECIAL, throwable, "<init>", "(Ljava/lang/String;)V", false);
    code.visitInsn(Opcodes.ATHROW);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }
}
