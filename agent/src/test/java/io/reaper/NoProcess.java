package io.reaper;

import java.io.InputStream;
import java.io.OutputStream;

/** An answer of a start that forked no process. */
public class NoProcess extends Process {
  @Override
  public OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream getInputStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream getErrorStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public int waitFor() {
    return 0;
  }

  @Override
  public int exitValue() {
    return 0;
  }

  @Override
  public void destroy() {
    throw new UnsupportedOperationException();
  }
}
