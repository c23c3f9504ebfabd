package io.reaper.core.spawn;

import static net.bytebuddy.jar.asm.Opcodes.AALOAD;
import static net.bytebuddy.jar.asm.Opcodes.AASTORE;
import static net.bytebuddy.jar.asm.Opcodes.ACC_FINAL;
import static net.bytebuddy.jar.asm.Opcodes.ACC_PRIVATE;
import static net.bytebuddy.jar.asm.Opcodes.ACC_PUBLIC;
import static net.bytebuddy.jar.asm.Opcodes.ACC_STATIC;
import static net.bytebuddy.jar.asm.Opcodes.ACC_SUPER;
import static net.bytebuddy.jar.asm.Opcodes.ACC_SYNTHETIC;
import static net.bytebuddy.jar.asm.Opcodes.ACC_VOLATILE;
import static net.bytebuddy.jar.asm.Opcodes.ACONST_NULL;
import static net.bytebuddy.jar.asm.Opcodes.ALOAD;
import static net.bytebuddy.jar.asm.Opcodes.CHECKCAST;
import static net.bytebuddy.jar.asm.Opcodes.F_SAME;
import static net.bytebuddy.jar.asm.Opcodes.F_SAME1;
import static net.bytebuddy.jar.asm.Opcodes.GETSTATIC;
import static net.bytebuddy.jar.asm.Opcodes.GOTO;
import static net.bytebuddy.jar.asm.Opcodes.ICONST_0;
import static net.bytebuddy.jar.asm.Opcodes.ICONST_1;
import static net.bytebuddy.jar.asm.Opcodes.IFEQ;
import static net.bytebuddy.jar.asm.Opcodes.IFNULL;
import static net.bytebuddy.jar.asm.Opcodes.INSTANCEOF;
import static net.bytebuddy.jar.asm.Opcodes.INVOKEINTERFACE;
import static net.bytebuddy.jar.asm.Opcodes.INVOKESPECIAL;
import static net.bytebuddy.jar.asm.Opcodes.INVOKESTATIC;
import static net.bytebuddy.jar.asm.Opcodes.INVOKEVIRTUAL;
import static net.bytebuddy.jar.asm.Opcodes.POP;
import static net.bytebuddy.jar.asm.Opcodes.PUTSTATIC;
import static net.bytebuddy.jar.asm.Opcodes.RETURN;
import static net.bytebuddy.jar.asm.Opcodes.V11;

import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;

/**
 * Makes the one class that the agent adds to {@code java.lang}, as code woven there may name only
 * what the boot loader sees. In Java it would read:
 *
 * <pre>{@code
 * final class ReaperSeam implements BiConsumer<Object, Object> {
 *   private static volatile BiConsumer<Object, Object> listener;
 *
 *   static void tell(Object told, Object what) { // the pairs of Seam.Owner.listener
 *     try {
 *       BiConsumer<Object, Object> to = listener;
 *       if (to != null) to.accept(told, what);
 *     } catch (Throwable suppressed) {
 *       // No exception of the agent's reaches the application.
 *     }
 *   }
 *
 *   public void accept(Object slot, Object what) {
 *     if (slot instanceof Object[]) {
 *       Object[] start = (Object[]) slot;
 *       start[0] = ProcessImpl.start((String[]) start[0], (Map) what, null, (Redirect[]) start[1], false);
 *     } else if (slot == null) listener = (BiConsumer) what;
 *     else Shutdown.add((Integer) slot, true, (Runnable) what);
 *   }
 * }
 * }</pre>
 *
 * <p>Hooks in a slot of {@code java.lang.Shutdown} run one after the other, slot 1 being all of the
 * application's: a higher one runs when they have finished.
 */
final class SeamClass {
  static final String NAME = "java/lang/ReaperSeam";
  static final String TELL = "tell";
  static final String TELL_TYPE = "(Ljava/lang/Object;Ljava/lang/Object;)V";

  private static final String CONSUMER = "java/util/function/BiConsumer";
  private static final String CONSUMER_TYPE = "Ljava/util/function/BiConsumer;";

  private static final String OBJECTS = "[Ljava/lang/Object;";
  private static final String WORDS = "[Ljava/lang/String;";
  private static final String MAP = "java/util/Map";
  private static final String REDIRECTS = "[Ljava/lang/ProcessBuilder$Redirect;";
  private static final String START_TYPE =
      "(" + WORDS + "L" + MAP + ";Ljava/lang/String;" + REDIRECTS + "Z)Ljava/lang/Process;";

  private SeamClass() {}

  static byte[] bytes() {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    writer.visit(
        V11,
        ACC_FINAL | ACC_SUPER | ACC_SYNTHETIC,
        NAME,
        null,
        "java/lang/Object",
        new String[] {CONSUMER});
    writer
        .visitField(ACC_PRIVATE | ACC_STATIC | ACC_VOLATILE, "listener", CONSUMER_TYPE, null, null)
        .visitEnd();
    constructor(writer.visitMethod(ACC_PUBLIC, "<init>", "()V", null, null));
    tell(writer.visitMethod(ACC_STATIC, TELL, TELL_TYPE, null, null));
    accept(writer.visitMethod(ACC_PUBLIC, "accept", TELL_TYPE, null, null));
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static void constructor(MethodVisitor code) {
    code.visitCode();
    code.visitVarInsn(ALOAD, 0);
    code.visitMethodInsn(INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
    code.visitInsn(RETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  private static void tell(MethodVisitor code) {
    Label start = new Label();
    Label end = new Label();
    Label caught = new Label();
    Label untold = new Label();
    code.visitTryCatchBlock(start, end, caught, "java/lang/Throwable");
    code.visitCode();
    code.visitFieldInsn(GETSTATIC, NAME, "listener", CONSUMER_TYPE);
    code.visitJumpInsn(IFNULL, untold);
    code.visitLabel(start);
    code.visitFieldInsn(GETSTATIC, NAME, "listener", CONSUMER_TYPE);
    code.visitVarInsn(ALOAD, 0);
    code.visitVarInsn(ALOAD, 1);
    code.visitMethodInsn(INVOKEINTERFACE, CONSUMER, "accept", TELL_TYPE, true);
    code.visitLabel(end);
    code.visitJumpInsn(GOTO, untold);
    code.visitLabel(caught);
    code.visitFrame(F_SAME1, 0, null, 1, new Object[] {"java/lang/Throwable"});
    code.visitInsn(POP);
    code.visitLabel(untold);
    code.visitFrame(F_SAME, 0, null, 0, null);
    code.visitInsn(RETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  private static void accept(MethodVisitor code) {
    code.visitCode();
    Label notAStart = new Label();
    code.visitVarInsn(ALOAD, 1);
    code.visitTypeInsn(INSTANCEOF, OBJECTS);
    code.visitJumpInsn(IFEQ, notAStart);
    start(code);
    code.visitInsn(RETURN);
    code.visitLabel(notAStart);
    code.visitFrame(F_SAME, 0, null, 0, null);
    code.visitVarInsn(ALOAD, 1);
    Label listener = new Label();
    code.visitJumpInsn(IFNULL, listener);
    code.visitVarInsn(ALOAD, 1);
    code.visitTypeInsn(CHECKCAST, "java/lang/Integer");
    code.visitMethodInsn(INVOKEVIRTUAL, "java/lang/Integer", "intValue", "()I", false);
    code.visitInsn(ICONST_1);
    code.visitVarInsn(ALOAD, 2);
    code.visitTypeInsn(CHECKCAST, "java/lang/Runnable");
    code.visitMethodInsn(
        INVOKESTATIC, "java/lang/Shutdown", "add", "(IZLjava/lang/Runnable;)V", false);
    code.visitInsn(RETURN);
    code.visitLabel(listener);
    code.visitFrame(F_SAME, 0, null, 0, null);
    code.visitVarInsn(ALOAD, 2);
    code.visitTypeInsn(CHECKCAST, CONSUMER);
    code.visitFieldInsn(PUTSTATIC, NAME, "listener", CONSUMER_TYPE);
    code.visitInsn(RETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  private static void start(MethodVisitor code) {
    code.visitVarInsn(ALOAD, 1);
    code.visitTypeInsn(CHECKCAST, OBJECTS);
    code.visitInsn(ICONST_0);
    element(code, ICONST_0, WORDS);
    code.visitVarInsn(ALOAD, 2);
    code.visitTypeInsn(CHECKCAST, MAP);
    code.visitInsn(ACONST_NULL);
    element(code, ICONST_1, REDIRECTS);
    code.visitInsn(ICONST_0);
    code.visitMethodInsn(INVOKESTATIC, "java/lang/ProcessImpl", "start", START_TYPE, false);
    code.visitInsn(AASTORE);
  }

  private static void element(MethodVisitor code, int index, String type) {
    code.visitVarInsn(ALOAD, 1);
    code.visitTypeInsn(CHECKCAST, OBJECTS);
    code.visitInsn(index);
    code.visitInsn(AALOAD);
    code.visitTypeInsn(CHECKCAST, type);
  }
}
