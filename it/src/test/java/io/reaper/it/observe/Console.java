package io.reaper.it.observe;

import static io.reaper.it.support.Until.until;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import io.reaper.it.harness.Proc;
import io.reaper.it.harness.Worker;
import java.io.IOException;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** A console that has the worker's MBean before it. */
record Console(JMXConnector connector, MBeanServerConnection server, ObjectName name)
    implements AutoCloseable {
  static Console of(Worker worker) throws IOException, JMException, AttachNotSupportedException {
    VirtualMachine machine = VirtualMachine.attach(Long.toString(worker.self().pid()));
    try {
      JMXServiceURL url = new JMXServiceURL(machine.startLocalManagementAgent());
      JMXConnector connector = JMXConnectorFactory.connect(url);
      ObjectName name = new ObjectName("io.reaper:type=Reaper");
      Console console = new Console(connector, connector.getMBeanServerConnection(), name);
      until(worker, () -> console.server.isRegistered(name));
      return console;
    } finally {
      machine.detach();
    }
  }

  Object get(String attribute) throws IOException, JMException {
    return server.getAttribute(name, attribute);
  }

  Object call(String operation, Proc process) throws IOException, JMException {
    return server.invoke(name, operation, new Object[] {(int) process.pid()}, new String[] {"int"});
  }

  CompositeData rowOf(Proc process) throws IOException, JMException {
    return Stream.of((CompositeData[]) get("Children"))
        .filter(row -> row.get("pid").equals((int) process.pid()))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
