/// Roboflow's door: the calls of its `inference-sdk` for models that find something on an image.
@NullMarked
package dev.firstpass.server.frontend.roboflow;

import org.jspecify.annotations.NullMarked;
