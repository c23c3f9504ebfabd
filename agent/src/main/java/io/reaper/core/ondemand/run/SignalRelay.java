package io.reaper.core.ondemand.run;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * Catches signals that are meant for the command. {@code sun.misc.Signal} is the only way to do
 * that in Java (JEP 260); it is called by reflection, as javac warns of it and cannot be told not
 * to.
 */
final class SignalRelay {
  private SignalRelay() {}

  /** Hands that signal, by its name without SIG, to the receiver from now on. */
  static void relay(String name, Consumer<String> receiver) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    InvocationHandler hand =
        (proxy, method, arguments) -> {
          if (method.getName().equals("handle")) {
            receiver.accept(name);
          }
          return null;
        };
    Object relay = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, hand);
    Method handle = signal.getMethod("handle", signal, handler);
    handle.invoke(null, signal.getConstructor(String.class).newInstance(name), relay);
  }
}
