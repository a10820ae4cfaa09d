/// A model that goes wrong in every way there is.
@NullMarked
package dev.firstpass.server.runtime.fault;

import org.jspecify.annotations.NullMarked;
