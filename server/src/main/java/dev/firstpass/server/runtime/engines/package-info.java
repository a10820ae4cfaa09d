/// Which engines there are.
@NullMarked
package dev.firstpass.server.runtime.engines;

import org.jspecify.annotations.NullMarked;
