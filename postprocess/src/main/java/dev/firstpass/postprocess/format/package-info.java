/// How annotations are written for labeling tools and read from them; one file and one line in [LabelFormats] per format.
@NullMarked
package dev.firstpass.postprocess.format;

import org.jspecify.annotations.NullMarked;
