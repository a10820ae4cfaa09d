/// Models that are offered as one file: a model as it is, or an archive of a bundle.
@NullMarked
package dev.firstpass.registry.bundle;

import org.jspecify.annotations.NullMarked;
