/** Programs that the recipes of the docs are for, as real as they can be had here. */
package io.reaper.it.recipe;
