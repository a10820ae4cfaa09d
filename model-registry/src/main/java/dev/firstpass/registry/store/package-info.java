/// The registry itself, and where it keeps metadata and artifacts.
@NullMarked
package dev.firstpass.registry.store;

import org.jspecify.annotations.NullMarked;
