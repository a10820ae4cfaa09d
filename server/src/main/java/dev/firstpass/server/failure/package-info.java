/// The closed list of reasons, and the one mapping from exceptions to them.
@NullMarked
package dev.firstpass.server.failure;

import org.jspecify.annotations.NullMarked;
