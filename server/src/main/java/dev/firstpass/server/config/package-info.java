/// Server settings, read once at start.
@NullMarked
package dev.firstpass.server.config;

import org.jspecify.annotations.NullMarked;
