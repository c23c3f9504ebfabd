/**
 * Shows a person the workers from outside: their ledgers, and what an end would do now, judged by
 * the classes that do it. Nothing here changes anything.
 */
package io.reaper.core.look;
