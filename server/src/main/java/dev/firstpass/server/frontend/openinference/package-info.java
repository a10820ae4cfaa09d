/// The Open Inference Protocol, over HTTP and gRPC: raw tensors in, raw tensors out.
@NullMarked
package dev.firstpass.server.frontend.openinference;

import org.jspecify.annotations.NullMarked;
