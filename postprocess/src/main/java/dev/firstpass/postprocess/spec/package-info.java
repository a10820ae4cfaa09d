/// What a customer declares of a model and of a labeling project, as immutable records.
@NullMarked
package dev.firstpass.postprocess.spec;

import org.jspecify.annotations.NullMarked;
