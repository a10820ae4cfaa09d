/// Trying a version out before it may serve: in a process of its own, with real rows.
@NullMarked
package dev.firstpass.server.validation;

import org.jspecify.annotations.NullMarked;
