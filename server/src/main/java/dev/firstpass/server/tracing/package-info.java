/// Traces of requests by OpenTelemetry. Nothing else of the server names its classes.
@NullMarked
package dev.firstpass.server.tracing;

import org.jspecify.annotations.NullMarked;
