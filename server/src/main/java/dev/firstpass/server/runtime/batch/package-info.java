/// The batch queue: the second gate.
@NullMarked
package dev.firstpass.server.runtime.batch;

import org.jspecify.annotations.NullMarked;
