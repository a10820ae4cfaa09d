/// TensorFlow Serving's protocols, over HTTP and gRPC: raw tensors in, raw tensors out.
@NullMarked
package dev.firstpass.server.frontend.tfserving;

import org.jspecify.annotations.NullMarked;
