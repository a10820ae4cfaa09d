package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Images and the text files that belong to them.
///
/// Thread-safe, as its files are.
///
/// @param names by their numbers, empty where a number has none
/// @param texts of each image
record YoloDataSet(
        DataSetFiles files,
        List<String> names,
        YoloLayout layout,
        List<LabeledImage> images,
        List<Optional<String>> texts,
        Set<GeometryKind> kinds,
        Map<String, Long> notes)
        implements LabeledDataSet {
    YoloDataSet {
        names = List.copyOf(names);
        images = List.copyOf(images);
        texts = List.copyOf(texts);
        kinds = Set.copyOf(kinds);
        notes = Map.copyOf(notes);
    }

    @Override
    public List<String> classes() {
        return names.stream().filter(name -> !name.isEmpty()).distinct().toList();
    }

    /// A line says parts of the image's sides only.
    @Override
    public Optional<ImageSize> size(LabeledImage image) {
        return Optional.empty();
    }

    @Override
    public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
        Optional<String> text = texts.get(image.index());
        List<TrueLabel> labels = new ArrayList<>();
        if (text.isPresent()) {
            for (String line : YoloReader.lines(files, text.get())) {
                try {
                    labels.add(YoloLabels.label(line, labels.size(), names, layout, size));
                } catch (DataSetException | IllegalArgumentException e) {
                    throw new DataSetException(text.get() + ": " + e.getMessage(), e);
                }
            }
        }
        return labels;
    }
}
