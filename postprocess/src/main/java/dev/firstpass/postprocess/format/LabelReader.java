package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import java.io.IOException;

/// A format of labelled data sets that can be read.
///
/// Stateless; thread-safe.
public interface LabelReader {
    /// The name that users type, that of the format written where there is one: `coco`.
    String id();

    /// One line: what is read.
    String description();

    /// Whether it looks like this format. Reads as little as tells it from the others of the list.
    boolean recognises(DataSetSource source) throws IOException;

    /// Reads which images there are, which classes, and where the labels are. Labels themselves are read image by image.
    ///
    /// @throws DataSetException if it is not in this format, or which part is meant is not clear
    LabeledDataSet open(DataSetSource source) throws IOException;
}
