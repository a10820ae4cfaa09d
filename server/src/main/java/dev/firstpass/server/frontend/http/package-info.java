/// The HTTP door: wire messages to PrelabelRequest and back.
@NullMarked
package dev.firstpass.server.frontend.http;

import org.jspecify.annotations.NullMarked;
