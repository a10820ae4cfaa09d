/// The manifest of a model version: reading it, deriving what it leaves out, writing it.
@NullMarked
package dev.firstpass.registry.manifest;

import org.jspecify.annotations.NullMarked;
