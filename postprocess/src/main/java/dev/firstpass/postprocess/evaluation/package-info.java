/// How well two answers for one image agree, whether an answer is the one that was expected, and how good a version is on
/// labelled images.
@NullMarked
package dev.firstpass.postprocess.evaluation;

import org.jspecify.annotations.NullMarked;
