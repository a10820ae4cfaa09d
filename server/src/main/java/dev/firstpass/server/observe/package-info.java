/// Metrics.
@NullMarked
package dev.firstpass.server.observe;

import org.jspecify.annotations.NullMarked;
