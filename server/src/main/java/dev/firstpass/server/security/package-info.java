/// Guards in front of both listeners.
@NullMarked
package dev.firstpass.server.security;

import org.jspecify.annotations.NullMarked;
