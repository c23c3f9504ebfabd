package io.reaper.core.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegularFileTest {
  @TempDir private Path directory;

  private static void isRefused(File file, String reason) {
    assertThatThrownBy(() -> RegularFile.read(file)).hasMessageContaining(reason);
    assertThatThrownBy(() -> RegularFile.append(file)).hasMessageContaining(reason);
    assertThatThrownBy(() -> RegularFile.replace(file)).hasMessageContaining(reason);
  }

  @Test
  void fileIsReadAppendedToAndReplaced() throws IOException {
    File file = directory.resolve("file").toFile();
    for (String word : new String[] {"a", "b"}) {
      try (OutputStream out = RegularFile.append(file)) {
        out.write(word.getBytes());
      }
    }
    try (InputStream in = RegularFile.read(file)) {
      assertThat(in.readAllBytes()).asString().isEqualTo("ab");
    }
    try (OutputStream out = RegularFile.replace(file)) {
      out.write('c');
    }
    assertThat(file).hasContent("c");
  }

  @Test
  void whatIsNoRegularFileIsRefused() throws IOException {
    isRefused(directory.toFile(), "a directory");
    isRefused(new File("/dev/zero"), "a device");
    Path socket = directory.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      isRefused(socket.toFile(), "a socket");
    }
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
    isRefused(link.toFile(), "a directory");
  }

  @Test
  void whatIsNotThereIsMadeOnlyForWriting() throws IOException {
    File file = directory.resolve("none").toFile();
    assertThatThrownBy(() -> RegularFile.read(file)).hasMessageContaining("No such file");
    RegularFile.append(file).close();
    assertThat(file).isEmpty();
  }
}
