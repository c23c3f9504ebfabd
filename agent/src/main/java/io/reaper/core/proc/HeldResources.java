package io.reaper.core.proc;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads what people look for when it is not free: the ports that a process listens at, and the GPUs
 * that it has open. What this user may not look at is not told (proc(5), /proc/PID/fd).
 */
public final class HeldResources {
  private static final String SOCKET = "socket:[";
  private static final String GPU = "/dev/nvidia";

  /** The tables of proc(5), /proc/PID/net, each with the state of a socket that waits for peers. */
  private static final String[][] TABLES = {
    {"tcp", "0A"}, {"tcp6", "0A"}, {"udp", "07"}, {"udp6", "07"},
  };

  private static final int ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private final String root;

  /** The ports by the inodes of their sockets, for each network namespace. */
  private final Map<String, Map<String, String>> ports = new HashMap<>();

  /** Creates a reader of the kernel's own /proc. */
  public HeldResources() {
    this(ProcFs.ROOT);
  }

  HeldResources(String root) {
    this.root = root;
  }

  /** Returns what the process holds, such as tcp:8080 and /dev/nvidia0. */
  public List<String> of(int pid) {
    Set<String> held = new LinkedHashSet<>();
    String directory = root + "/" + pid;
    String[] descriptors = new File(directory + "/fd").list();
    for (String descriptor : descriptors == null ? new String[0] : descriptors) {
      String open = link(directory, "fd/" + descriptor);
      if (open.startsWith(GPU)) {
        held.add(open);
      } else if (open.startsWith(SOCKET)) {
        String port = ports(directory).get(open.substring(SOCKET.length(), open.length() - 1));
        if (port != null) {
          held.add(port);
        }
      }
    }
    return new ArrayList<>(held);
  }

  private static String link(String directory, String name) {
    try {
      return Files.readSymbolicLink(Path.of(directory, name)).toString();
    } catch (IOException closed) {
      return "";
    }
  }

  private Map<String, String> ports(String directory) {
    String namespace = link(directory, "ns/net");
    Map<String, String> known = ports.get(namespace);
    if (known == null) {
      known = new HashMap<>();
      for (String[] table : TABLES) {
        for (String line : OwnProc.lines(directory + "/net/" + table[0])) {
          String[] fields = line.trim().split("\\s+");
          if (fields.length > INODE && fields[STATE].equals(table[1])) {
            String hex = fields[ADDRESS].substring(fields[ADDRESS].lastIndexOf(':') + 1);
            known.put(fields[INODE], table[0].substring(0, 3) + ":" + Integer.parseInt(hex, 16));
          }
        }
      }
      ports.put(namespace, known);
    }
    return known;
  }
}
