/**
 * What the tests share: the ways to end and the modes, the waiter, and what this machine allows.
 */
package io.reaper.it.support;
