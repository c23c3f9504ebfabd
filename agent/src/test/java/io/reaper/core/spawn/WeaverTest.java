package io.reaper.core.spawn;

import static net.bytebuddy.jar.asm.Opcodes.ACONST_NULL;
import static net.bytebuddy.jar.asm.Opcodes.ALOAD;
import static net.bytebuddy.jar.asm.Opcodes.ASM9;
import static net.bytebuddy.jar.asm.Opcodes.ATHROW;
import static net.bytebuddy.jar.asm.Opcodes.DUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reaper.NoProcess;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import org.junit.jupiter.api.Test;

class WeaverTest {
  private static final String START =
      "start ([Ljava/lang/ProcessBuilder$Redirect;)Ljava/lang/Process;";
  private static final String TELL = "java/lang/ReaperSeam.tell";

  private static byte[] classFile(Class<?> type) throws IOException {
    try (InputStream in =
        type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
      return in.readAllBytes();
    }
  }

  /** This JDK's own ProcessBuilder.start(Redirect[]). */
  private static final class Code extends ClassVisitor {
    private final List<Object> instructions = new ArrayList<>();
    private final List<String> handled = new ArrayList<>();

    Code(byte[] file) {
      super(ASM9);
      new ClassReader(file).accept(this, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
    }

    List<Object> of(int from, int to) {
      return instructions.subList(from, to);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String type, String signature, String[] exceptions) {
      return START.equals(name + " " + type) ? new Recorder() : null;
    }

    private final class Recorder extends MethodVisitor {
      Recorder() {
        super(ASM9);
      }

      @Override
      public void visitInsn(int opcode) {
        instructions.add(opcode);
      }

      @Override
      public void visitVarInsn(int opcode, int variable) {
        instructions.add(opcode + " " + variable);
      }

      @Override
      public void visitFieldInsn(int opcode, String owner, String name, String type) {
        instructions.add(owner + "." + name);
      }

      @Override
      public void visitLdcInsn(Object value) {
        instructions.add("ldc");
      }

      @Override
      public void visitMethodInsn(int opcode, String owner, String name, String type, boolean i) {
        instructions.add(owner + "." + name);
      }

      @Override
      public void visitTryCatchBlock(Label start, Label end, Label handler, String type) {
        handled.add(String.valueOf(type));
      }
    }
  }

  @Test
  void processBuilderOfThisJdkTellsTheSeamFirstOfAll() throws IOException {
    Code code = new Code(new Weaver().weave(classFile(ProcessBuilder.class)));
    assertThat(code.of(0, 4))
        .containsExactly(ACONST_NULL, ALOAD + " 0", "java/lang/ProcessBuilder.environment", TELL);
  }

  /** What the JDK does afterwards takes its time, in which the worker may crash. */
  @Test
  void processBuilderOfThisJdkHandsEveryProcessOverAsSoonAsItIsThere() throws IOException {
    Code code = new Code(new Weaver().weave(classFile(ProcessBuilder.class)));
    int forks = 0;
    for (int i = 0; i < code.instructions.size(); i++) {
      if (code.instructions.get(i).equals("java/lang/ProcessImpl.start")) {
        assertThat(code.of(i + 1, i + 4)).containsExactly(DUP, ACONST_NULL, TELL);
        forks++;
      }
    }
    assertThat(forks).isPositive();
    // When it begins, with the command, and when it fails.
    assertThat(code.instructions.stream().filter(TELL::equals)).hasSize(forks + 3);
  }

  @Test
  void processBuilderOfThisJdkTellsOfEveryFailure() throws IOException {
    byte[] original = classFile(ProcessBuilder.class);
    Code before = new Code(original);
    Code code = new Code(new Weaver().weave(original));
    int size = code.instructions.size();
    assertThat(code.of(size - 4, size)).containsExactly(DUP, ACONST_NULL, TELL, ATHROW);
    List<String> handled = new ArrayList<>(before.handled);
    // After the method's own handlers, or it would take their exceptions; and for those handlers.
    handled.addAll(List.of("null", "null"));
    assertThat(code.handled).isEqualTo(handled);
  }

  @Test
  void nothingElseIsAdded() throws IOException {
    byte[] original = classFile(ProcessBuilder.class);
    byte[] woven = new Weaver().weave(original);
    Members before = Members.of(original);
    Members after = Members.of(woven);
    assertThat(after.members().keySet()).containsExactlyElementsOf(before.members().keySet());
    ClassReader old = new ClassReader(original);
    ClassReader now = new ClassReader(woven);
    assertThat(now.getAccess()).isEqualTo(old.getAccess());
    assertThat(now.getInterfaces()).isEqualTo(old.getInterfaces());
    assertThat(now.getSuperName()).isEqualTo(old.getSuperName());
  }

  @Test
  void otherMethodsAreTheSameByteForByte() throws IOException {
    byte[] original = classFile(ProcessBuilder.class);
    Members before = Members.of(original);
    Members after = Members.of(new Weaver().weave(original));
    assertThat(after.constants())
        .as("the same numbers mean the same")
        .startsWith(before.constants());
    List<String> changed = new ArrayList<>();
    before
        .members()
        .forEach(
            (name, bytes) -> {
              if (!Arrays.equals(bytes, after.members().get(name))) {
                changed.add(name);
              }
            });
    assertThat(changed).containsExactly("method " + START);
  }

  @Test
  void classWithoutSuchAMethodIsNull() throws IOException {
    assertThat(new Weaver().weave(classFile(Runtime.class))).isNull();
    assertThat(new Weaver().weave(classFile(Object.class))).isNull();
  }

  @Test
  void processBuilderOfThisJdkTellsItsOwnCopyOfTheCommandOnce() throws IOException {
    Code code = new Code(new Weaver().weave(classFile(ProcessBuilder.class)));
    int copy = code.instructions.indexOf("[Ljava/lang/String;.clone");
    assertThat(code.of(copy, copy + 4))
        .containsExactly("[Ljava/lang/String;.clone", DUP, ACONST_NULL, TELL);
    assertThat(code.instructions.stream().filter(TELL::equals)).hasSize(4);
  }

  @Test
  void processThatWasStartedIsTold() throws Exception {
    Process process = new NoProcess();
    for (int wayOut = 1; wayOut <= 2; wayOut++) {
      Woven woven = new Woven(() -> process, wayOut);
      assertThat(woven.call()).isSameAs(process);
      assertThat(woven.told()).containsExactly(null, null, process, null);
    }
  }

  @Test
  void failureIsToldAndComesOutAsItWas() throws Exception {
    Error error = new StackOverflowError("of a test");
    Woven woven =
        new Woven(
            () -> {
              throw error;
            },
            1);
    assertThatThrownBy(woven::call).isSameAs(error);
    assertThat(woven.told()).containsExactly(null, null, error, null);
  }

  @Test
  void methodsOwnHandlersComeFirstAndItsFailureIsToldOnce() throws Exception {
    Woven woven =
        new Woven(
            () -> {
              throw new UnsupportedOperationException("of a test");
            },
            1);
    assertThatThrownBy(woven::call)
        .isInstanceOf(IOException.class)
        .hasCauseInstanceOf(UnsupportedOperationException.class);
    assertThat(woven.told()).hasSize(4).startsWith(null, null).endsWith((Object) null);
    assertThat(woven.told().get(2)).isInstanceOf(IOException.class);
  }

  /** A class of ours, woven as ProcessBuilder is. */
  private static final class Woven {
    private final Callable<?> builder;
    private final List<?> told;

    Woven(Callable<Process> fork, Integer wayOut) throws Exception {
      String itself = Subject.class.getName().replace('.', '/');
      Class<?> woven =
          Generated.load(
              new Weaver().weave(classFile(Subject.class)), Map.of("java/lang/ReaperSeam", itself));
      Constructor<?> constructor = woven.getDeclaredConstructor(Callable.class, Integer.class);
      constructor.setAccessible(true);
      builder = (Callable<?>) constructor.newInstance(fork, wayOut);
      Field field = woven.getDeclaredField("TOLD");
      field.setAccessible(true);
      told = (List<?>) field.get(null);
    }

    Object call() throws Exception {
      return builder.call();
    }

    List<Object> told() {
      return new ArrayList<>(told);
    }
  }
}
