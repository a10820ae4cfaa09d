/// Data sets that people labelled, whatever the format: what models are held against, and what is converted.
@NullMarked
package dev.firstpass.postprocess.dataset;

import org.jspecify.annotations.NullMarked;
