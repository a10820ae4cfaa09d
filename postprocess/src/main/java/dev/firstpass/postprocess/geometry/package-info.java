/// Points, rings, masks and the transforms between asset pixels and model input; pure arithmetic on pixel edges.
@NullMarked
package dev.firstpass.postprocess.geometry;

import org.jspecify.annotations.NullMarked;
