/// Device hosts and the slab that rows live in.
@NullMarked
package dev.firstpass.server.runtime.device;

import org.jspecify.annotations.NullMarked;
