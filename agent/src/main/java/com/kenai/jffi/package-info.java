/**
 * The one class of the agent's that stands in jffi's package: what calls C there is not public. The
 * jar holds it beside those of jffi's own classes that it needs.
 */
package com.kenai.jffi;
