/// The gRPC door: wire messages to PrelabelRequest and back.
@NullMarked
package dev.firstpass.server.frontend.grpc;

import org.jspecify.annotations.NullMarked;
