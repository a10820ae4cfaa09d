/// Data sets that people labelled, in the formats of the tools that they come from, as what models are held against.
@NullMarked
package dev.firstpass.postprocess.dataset;

import org.jspecify.annotations.NullMarked;
