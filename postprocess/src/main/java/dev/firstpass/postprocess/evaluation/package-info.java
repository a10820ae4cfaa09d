/// How well two answers for one image agree, and whether an answer is the one that was expected.
@NullMarked
package dev.firstpass.postprocess.evaluation;

import org.jspecify.annotations.NullMarked;
