/// Tests of the whole server on real models and photos.
@NullMarked
package dev.firstpass.server.e2e;

import org.jspecify.annotations.NullMarked;
