/// What Java itself does not offer of Linux: memory that processes share, waking each other, dying together.
@NullMarked
package dev.firstpass.server.runtime.linux;

import org.jspecify.annotations.NullMarked;
