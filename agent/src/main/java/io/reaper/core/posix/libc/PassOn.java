package io.reaper.core.posix.libc;

import com.kenai.jffi.Calls;
import io.reaper.core.posix.Posix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Installs a signal handler that sends its signal on to one process: {@code if (info->si_code <= 0)
 * kill(pid, signal);}. It is machine code, as Java must not run in a handler, and the JDK's own way
 * to catch signals leaves out half of them (USR1, ALRM, IO, PWR, SYS, QUIT, those of real time). It
 * makes one system call and touches nothing else, errno included, as signal-safety(7) asks.
 */
final class PassOn {
  private static final int PAGE = 65536;
  private static final int PROT_READ_EXEC = 1 | 4;

  /**
   * The size of the structure of sigaction(2), as glibc and musl have it on these architectures.
   */
  private static final int SIZE_OF_SIGACTION = 152;

  private static final int FLAGS = 136;
  private static final int SA_SIGINFO = 4;
  private static final int SA_RESTART = 0x10000000;

  private final Calls calls;

  PassOn(Calls calls) {
    this.calls = calls;
  }

  int install(int[] signals, int pid) {
    byte[] code = code(System.getProperty("os.arch"), pid);
    if (code == null) {
      return -Posix.ENOSYS;
    }
    // At least two pages are allocated, so that one is whole; it is never freed.
    long page = calls.allocate(2 * PAGE) + PAGE - 1 & -PAGE;
    calls.put(page, code);
    if (calls.call(calls.address("mprotect"), page, PAGE, PROT_READ_EXEC) != 0) {
      return -calls.errno();
    }
    byte[] action = new byte[SIZE_OF_SIGACTION];
    ByteBuffer fields = ByteBuffer.wrap(action).order(ByteOrder.nativeOrder());
    fields.putLong(0, page).putInt(FLAGS, SA_SIGINFO | SA_RESTART);
    long place = calls.allocate(SIZE_OF_SIGACTION);
    try {
      calls.put(place, action);
      long sigaction = calls.address("sigaction");
      for (int signal : signals) {
        if (calls.call(sigaction, signal, place, 0) != 0) {
          return -calls.errno();
        }
      }
      return 0;
    } finally {
      calls.free(place);
    }
  }

  /** Returns the handler's code, or null for an architecture that it is not known for. */
  static byte[] code(String architecture, int pid) {
    ByteBuffer code = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    switch (architecture) {
      case "amd64":
        code.put(bytes(0x83, 0x7e, 0x08, 0x00)); // cmp dword [rsi+8], 0 (si_code)
        code.put(bytes(0x7f, 0x0e)); // jg ret
        code.put(bytes(0x89, 0xfe)); // mov esi, edi
        code.put((byte) 0xbf).putInt(pid); // mov edi, pid
        code.put((byte) 0xb8).putInt(62); // mov eax, kill
        code.put(bytes(0x0f, 0x05)); // syscall
        code.put((byte) 0xc3); // ret
        break;
      case "aarch64":
        code.putInt(0xb9400829); // ldr w9, [x1, #8] (si_code)
        code.putInt(0x7100013f); // cmp w9, #0
        code.putInt(0x540000cc); // b.gt ret
        code.putInt(0x2a0003e1); // mov w1, w0
        code.putInt(0x52800000 | (pid & 0xffff) << 5); // movz w0, pid
        code.putInt(0x72a00000 | pid >>> 16 << 5); // movk w0, pid, lsl #16
        code.putInt(0xd2801028); // mov x8, kill
        code.putInt(0xd4000001); // svc #0
        code.putInt(0xd65f03c0); // ret
        break;
      default:
        return null;
    }
    byte[] written = new byte[code.position()];
    code.flip().get(written);
    return written;
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
