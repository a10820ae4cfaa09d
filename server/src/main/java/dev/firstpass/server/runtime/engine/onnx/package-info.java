/// ONNX Runtime, and nothing else, behind the engine interface.
@NullMarked
package dev.firstpass.server.runtime.engine.onnx;

import org.jspecify.annotations.NullMarked;
