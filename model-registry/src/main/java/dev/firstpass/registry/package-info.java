/// Which model versions exist and which are wanted: manifests, artifacts, metadata and aliases.
@NullMarked
package dev.firstpass.registry;

import org.jspecify.annotations.NullMarked;
