/// How raw outputs of each model family become annotations; one file and one line in [ModelFamilies] per family.
@NullMarked
package dev.firstpass.postprocess.family;

import org.jspecify.annotations.NullMarked;
