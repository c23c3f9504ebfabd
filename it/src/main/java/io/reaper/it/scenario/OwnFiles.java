package io.reaper.it.scenario;

import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Set;

/**
 * A provider of all files (FileSystems.getDefault), which hands out the JDK's own: those are asked
 * for the rest.
 */
public final class OwnFiles extends FileSystemProvider {
  private final FileSystemProvider jdks;

  public OwnFiles(FileSystemProvider jdks) {
    this.jdks = jdks;
  }

  @Override
  public String getScheme() {
    return jdks.getScheme();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return jdks.getFileSystem(uri);
  }

  @Override
  public Path getPath(URI uri) {
    return jdks.getPath(uri);
  }

  private static UnsupportedOperationException neverAsked() {
    return new UnsupportedOperationException("the path's own provider is asked");
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw neverAsked();
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) {
    throw neverAsked();
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path path, DirectoryStream.Filter<? super Path> filter) {
    throw neverAsked();
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) {
    throw neverAsked();
  }

  @Override
  public void delete(Path path) {
    throw neverAsked();
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw neverAsked();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) {
    throw neverAsked();
  }

  @Override
  public boolean isSameFile(Path path, Path other) {
    throw neverAsked();
  }

  @Override
  public boolean isHidden(Path path) {
    throw neverAsked();
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw neverAsked();
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) {
    throw neverAsked();
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    throw neverAsked();
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) {
    throw neverAsked();
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) {
    throw neverAsked();
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw neverAsked();
  }
}
