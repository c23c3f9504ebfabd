package io.reaper.core.spawn;

import static net.bytebuddy.jar.asm.Opcodes.ACONST_NULL;
import static net.bytebuddy.jar.asm.Opcodes.ALOAD;
import static net.bytebuddy.jar.asm.Opcodes.ARETURN;
import static net.bytebuddy.jar.asm.Opcodes.ASM9;
import static net.bytebuddy.jar.asm.Opcodes.ATHROW;
import static net.bytebuddy.jar.asm.Opcodes.CHECKCAST;
import static net.bytebuddy.jar.asm.Opcodes.DUP;
import static net.bytebuddy.jar.asm.Opcodes.F_FULL;
import static net.bytebuddy.jar.asm.Opcodes.GETFIELD;
import static net.bytebuddy.jar.asm.Opcodes.INVOKESTATIC;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.FieldVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;

/**
 * Weaves the seam into {@code ProcessBuilder.start(Redirect[])}, which is behind {@code start()},
 * {@code startPipeline} and every {@code Runtime.exec}: one call when it begins, one with the JDK's
 * own copy of the command, one when there is a process, one when it throws before. What follows, as
 * a flight recorder's event and a logger, takes its time, in which the worker may crash.
 */
final class Weaver {
  static final String METHOD = "start";
  static final String TYPE = "([Ljava/lang/ProcessBuilder$Redirect;)Ljava/lang/Process;";
  private static final String WORDS = "[Ljava/lang/String;";

  private static final String CLASS = "java/lang/ProcessBuilder";
  private static final String FORK = "java/lang/ProcessImpl";
  private static final String ENVIRONMENT = "environment";
  private static final String MAP = "Ljava/util/Map;";

  private boolean woven;
  private boolean hasEnvironment;

  /** Returns the class with the seam in it, or null if it has no such method. */
  byte[] weave(byte[] original) {
    ClassReader reader = new ClassReader(original);
    // Given the reader, the writer copies every other method as it is.
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(ASM9, writer) {
          @Override
          public FieldVisitor visitField(
              int access, String name, String type, String signature, Object value) {
            // Fields come before methods (JVMS 4.1).
            hasEnvironment |= name.equals(ENVIRONMENT) && type.equals(MAP);
            return super.visitField(access, name, type, signature, value);
          }

          @Override
          public MethodVisitor visitMethod(
              int access, String name, String type, String signature, String[] exceptions) {
            MethodVisitor code = super.visitMethod(access, name, type, signature, exceptions);
            if (!name.equals(METHOD) || !type.equals(TYPE)) {
              return code;
            }
            woven = true;
            return new Start(code, hasEnvironment);
          }
        },
        0);
    return woven ? writer.toByteArray() : null;
  }

  /** Has a loaded class transformed anew; returns why that is not possible, or null. */
  static String retransform(Instrumentation instrumentation, Class<?> loaded) {
    try {
      instrumentation.retransformClasses(loaded);
      return null;
    } catch (UnmodifiableClassException | LinkageError refused) {
      return refused.toString();
    }
  }

  private static final class Start extends MethodVisitor {
    private final List<Label> ranges = new ArrayList<>();
    private boolean isCopied;
    private boolean isTold;

    private final boolean hasEnvironment;

    Start(MethodVisitor code, boolean hasEnvironment) {
      super(ASM9, code);
      this.hasEnvironment = hasEnvironment;
    }

    @Override
    public void visitCode() {
      super.visitCode();
      super.visitInsn(ACONST_NULL);
      if (hasEnvironment) {
        // The field is null as long as nothing has touched it; the method would fill it.
        super.visitVarInsn(ALOAD, 0);
        super.visitFieldInsn(GETFIELD, CLASS, ENVIRONMENT, MAP);
      } else {
        super.visitInsn(ACONST_NULL);
      }
      tell();
      mark();
    }

    /** Begins or ends a part of which it is told that it throws. */
    private void mark() {
      Label here = new Label();
      super.visitLabel(here);
      ranges.add(here);
    }

    @Override
    public void visitMethodInsn(
        int how, String owner, String name, String type, boolean isInterface) {
      super.visitMethodInsn(how, owner, name, type, isInterface);
      isCopied = owner.equals(WORDS) && name.equals("clone");
      if (owner.equals(FORK) && name.equals(METHOD) && !isTold) {
        tellOfTheProcess();
        mark();
        isTold = true;
      }
    }

    private void tellOfTheProcess() {
      super.visitInsn(DUP);
      super.visitInsn(ACONST_NULL);
      tell();
    }

    @Override
    public void visitTypeInsn(int instruction, String type) {
      super.visitTypeInsn(instruction, type);
      // The copy is told where it is on the stack: what a local variable holds at the return is up
      // to whichever other agent has transformed the class.
      if (isCopied && instruction == CHECKCAST && type.equals(WORDS)) {
        super.visitInsn(DUP);
        super.visitInsn(ACONST_NULL);
        tell();
      }
    }

    @Override
    public void visitInsn(int instruction) {
      if (instruction == ARETURN && !isTold) {
        tellOfTheProcess();
      }
      super.visitInsn(instruction);
      if (instruction == ARETURN && ranges.size() % 2 == 0) {
        // What comes next are the handlers of the method's own.
        mark();
      }
    }

    @Override
    public void visitMaxs(int stack, int locals) {
      Label end = new Label();
      super.visitLabel(end);
      ranges.add(end);
      for (int each = 0; each + 1 < ranges.size(); each += 2) {
        if (ranges.get(each).getOffset() < ranges.get(each + 1).getOffset()) {
          super.visitTryCatchBlock(ranges.get(each), ranges.get(each + 1), end, null);
        }
      }
      super.visitFrame(F_FULL, 0, new Object[0], 1, new Object[] {"java/lang/Throwable"});
      super.visitInsn(DUP);
      super.visitInsn(ACONST_NULL);
      tell();
      super.visitInsn(ATHROW);
      super.visitMaxs(Math.max(stack + 2, 3), locals);
    }

    private void tell() {
      super.visitMethodInsn(
          INVOKESTATIC, SeamClass.NAME, SeamClass.TELL, SeamClass.TELL_TYPE, false);
    }
  }
}
