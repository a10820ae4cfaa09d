package dev.firstpass.postprocess.dataset;

import java.util.Optional;

/// One image of a data set.
///
/// Immutable.
///
/// @param index position in the data set
/// @param name what the data set calls it
/// @param file name among the source's images; empty where there is no such file
public record LabeledImage(int index, String name, Optional<String> file) {}
