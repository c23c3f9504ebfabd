/**
 * Holds what the operator asked for: the one table of options, its parser and its help. Nothing
 * here acts on an option.
 */
package io.reaper.core.options;
