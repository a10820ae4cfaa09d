package dev.firstpass.postprocess.dataset;

import java.util.Optional;

/// Where a data set is, as somebody said it.
///
/// Immutable.
///
/// @param files of its folder
/// @param file of them that holds the labels, or that says where they are; where it was named
/// @param images of the folder that holds the images; the same as `files` unless another was named
/// @param split part of the data set that is wanted, for instance `val`
public record DataSetSource(DataSetFiles files, Optional<String> file, DataSetFiles images, Optional<String> split) {
    public static DataSetSource of(DataSetFiles files) {
        return new DataSetSource(files, Optional.empty(), files, Optional.empty());
    }
}
