/**
 * Programs drawn by lot that use the process API in every way, and write down what they see. What
 * chance or the machine has a part in is left out, so that two runs of a seed say the same.
 */
package io.reaper.it.program;
