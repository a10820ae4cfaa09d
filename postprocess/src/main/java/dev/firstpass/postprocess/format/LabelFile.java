package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the file of one image's labels says.
///
/// Immutable.
///
/// @param image the image's name or path, where the file says it
/// @param size of the image, upright, where the file says it
/// @param classes labels that the file declares, in its order, without doubles; those of its labels need not be among them
/// @param notes what was met and is no label, with how often
record LabelFile(
        Optional<String> image,
        Optional<ImageSize> size,
        List<String> classes,
        List<TrueLabel> labels,
        Map<String, Long> notes) {
    LabelFile {
        classes = List.copyOf(classes);
        labels = List.copyOf(labels);
        notes = Map.copyOf(notes);
    }
}
