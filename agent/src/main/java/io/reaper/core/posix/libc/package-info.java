/**
 * Calls the C library; it is the only importer of jffi. On JDK 24 and later this package and jffi's
 * are a module of their own, which alone is granted native access; nothing else may live here.
 */
package io.reaper.core.posix.libc;
