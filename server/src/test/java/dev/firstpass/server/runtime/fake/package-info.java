/// Hand-written stand-ins for native parts.
@NullMarked
package dev.firstpass.server.runtime.fake;

import org.jspecify.annotations.NullMarked;
