/// Optimised graphs, kept from one load of a version to the next.
@NullMarked
package dev.firstpass.server.runtime.graph;

import org.jspecify.annotations.NullMarked;
