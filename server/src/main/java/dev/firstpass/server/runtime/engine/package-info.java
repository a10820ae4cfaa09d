/// Opening a model file and running one batch.
@NullMarked
package dev.firstpass.server.runtime.engine;

import org.jspecify.annotations.NullMarked;
