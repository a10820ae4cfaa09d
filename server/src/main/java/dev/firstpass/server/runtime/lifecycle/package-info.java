/// Loaded versions and the leases on them.
@NullMarked
package dev.firstpass.server.runtime.lifecycle;

import org.jspecify.annotations.NullMarked;
