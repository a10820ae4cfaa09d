/// What a pre-label is: the sealed annotations of one asset and where they came from.
@NullMarked
package dev.firstpass.postprocess.annotation;

import org.jspecify.annotations.NullMarked;
