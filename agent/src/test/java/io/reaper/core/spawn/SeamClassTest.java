package io.reaper.core.spawn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import net.bytebuddy.jar.asm.ClassReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SeamClassTest {
  private final List<Object> heard = new ArrayList<>();
  private BiConsumer<Object, Object> bind;
  private Method tell;

  @BeforeEach
  @SuppressWarnings("unchecked")
  void theSeamUnderAnotherName() throws ReflectiveOperationException {
    // The verifier of the JVM has its say here, as it will not in java.lang.
    Class<?> seam =
        Generated.load(
            SeamClass.bytes(),
            Map.of(
                SeamClass.NAME,
                "io/reaper/core/spawn/RenamedSeam",
                "java/lang/Shutdown",
                ShutdownInItsPlace.class.getName().replace('.', '/')));
    Constructor<?> constructor = seam.getDeclaredConstructor();
    constructor.setAccessible(true);
    bind = (BiConsumer<Object, Object>) constructor.newInstance();
    tell = seam.getDeclaredMethod(SeamClass.TELL, Object.class, Object.class);
    tell.setAccessible(true);
    ShutdownInItsPlace.added = null;
  }

  /** Seen by the renamed class, which has a loader of its own. */
  public static final class ShutdownInItsPlace {
    private static List<Object> added;

    private ShutdownInItsPlace() {}

    /** As java.lang.Shutdown has it. */
    public static void add(int slot, boolean registerWhileInProgress, Runnable hook) {
      added = List.of(slot, registerWhileInProgress, hook);
    }
  }

  private void tell(Object process, Object builder) throws ReflectiveOperationException {
    tell.invoke(null, process, builder);
  }

  @Test
  void itIsOneFinalClassInJavaLangThatNoOtherPackageSees() {
    ClassReader reader = new ClassReader(SeamClass.bytes());
    assertThat(reader.getClassName()).isEqualTo("java/lang/ReaperSeam");
    assertThat(Modifier.isFinal(reader.getAccess())).isTrue();
    assertThat(Modifier.isPublic(reader.getAccess())).isFalse();
    assertThat(reader.getInterfaces()).containsExactly("java/util/function/BiConsumer");
  }

  @Test
  void withoutAListenerNothingHappens() throws ReflectiveOperationException {
    tell("process", "builder");
    assertThat(heard).isEmpty();
  }

  @Test
  void listenerHearsWhatIsTold() throws ReflectiveOperationException {
    BiConsumer<Object, Object> listener =
        (process, builder) -> {
          heard.add(process);
          heard.add(builder);
        };
    bind.accept(null, listener);
    tell(null, null);
    tell("process", "builder");
    assertThat(heard).containsExactly(null, null, "process", "builder");
  }

  @Test
  void nothingThatTheListenerThrowsComesOut() throws ReflectiveOperationException {
    for (Throwable fault :
        List.of(new RuntimeException(), new StackOverflowError(), new LinkageError())) {
      BiConsumer<Object, Object> broken = (process, builder) -> sneak(fault);
      bind.accept(null, broken);
      tell("process", "builder");
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable fault) throws T {
    throw (T) fault;
  }

  @Test
  void whatIsNoListenerIsRefusedWhenItIsBound() {
    assertThatThrownBy(() -> bind.accept(null, "nobody")).isInstanceOf(ClassCastException.class);
  }

  @Test
  void hookIsAddedInItsSlotEvenWhileTheJvmShutsDown() {
    Runnable hook = () -> heard.add("hook");
    bind.accept(3, hook);
    assertThat(ShutdownInItsPlace.added).containsExactly(3, true, hook);
    assertThat(heard).isEmpty();
  }

  @Test
  void shutdownOfThisJdkTakesHooksThatWay() throws ReflectiveOperationException {
    Class<?> shutdown = Class.forName("java.lang.Shutdown");
    Method add = shutdown.getDeclaredMethod("add", int.class, boolean.class, Runnable.class);
    assertThat(Modifier.isStatic(add.getModifiers())).isTrue();
  }
}
