package dev.firstpass.postprocess.dataset;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A labelled data set that was opened. What it holds in memory is a few dozen bytes for each image and label; the
/// labels are read again from the files when their image's turn comes.
///
/// Thread-safe, as far as its files are; owns nothing.
public interface LabeledDataSet {
    /// Names of the classes, without doubles, in the data set's own order.
    List<String> classes();

    /// In the order in which they are to be worked on.
    List<LabeledImage> images();

    /// What the labels are. A label with a box and an outline counts as the outline.
    Set<GeometryKind> kinds();

    /// What was met and is no label, with how often: nothing of it is left out silently.
    Map<String, Long> notes();

    /// The upright size of an image as the data set says it; empty where it says nothing, and for an image whose labels
    /// cannot be read.
    ///
    /// @param image one of [#images()]
    Optional<ImageSize> size(LabeledImage image);

    /// The labels of an image, in asset pixels.
    ///
    /// @param image one of [#images()]
    /// @param size upright size of the image
    /// @throws DataSetException if one of them cannot be read, or they are for an image of another size
    List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException;
}
