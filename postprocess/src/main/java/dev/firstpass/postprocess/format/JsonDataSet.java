package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
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

/// One JSON file of many images, whose pieces are read from where they stand when their image's turn comes.
///
/// Thread-safe, as its files are.
///
/// @param sizes of each image, where the file says it
/// @param pieces makes the labels of one image
record JsonDataSet(
        DataSetFiles files,
        String file,
        List<LabeledImage> images,
        List<Optional<ImageSize>> sizes,
        List<String> classes,
        Set<GeometryKind> kinds,
        Map<String, Long> notes,
        JsonPlaces.ByImage places,
        Pieces pieces)
        implements LabeledDataSet {
    private static final JsonMapper JSON = new JsonMapper();

    JsonDataSet {
        images = List.copyOf(images);
        sizes = List.copyOf(sizes);
        classes = List.copyOf(classes);
        kinds = Set.copyOf(kinds);
        notes = Map.copyOf(notes);
    }

    /// Stateless, or thread-safe.
    @FunctionalInterface
    interface Pieces {
        /// @param pieces of `image`, in the order of the file
        /// @param size of the image
        /// @throws IllegalArgumentException with the field and what was expected
        List<TrueLabel> labels(LabeledImage image, List<JsonNode> pieces, ImageSize size) throws IOException;
    }

    @Override
    public Optional<ImageSize> size(LabeledImage image) {
        return sizes.get(image.index());
    }

    @Override
    public List<TrueLabel> labels(LabeledImage image, ImageSize size) throws IOException {
        Optional<ImageSize> said = sizes.get(image.index());
        if (said.isPresent() && !said.get().equals(size)) {
            throw DataSetException.otherSize(file + ", " + image.name() + ": ", said.get(), size);
        }
        List<JsonNode> read = read(image);
        try {
            return pieces.labels(image, read, size);
        } catch (DataSetException | IllegalArgumentException e) {
            throw new DataSetException(file + ", " + image.name() + ": " + e.getMessage(), e);
        }
    }

    /// The pieces of an image, in the order of the file.
    private List<JsonNode> read(LabeledImage image) throws IOException {
        List<JsonNode> read = new ArrayList<>();
        for (int i = places.starts()[image.index()]; i < places.starts()[image.index() + 1]; i++) {
            try {
                read.add(JSON.readTree(files.read(file, places.offsets()[i], places.lengths()[i])));
            } catch (JacksonException e) {
                throw new DataSetException(
                        file + ": no JSON that can be read at byte " + places.offsets()[i] + ": "
                                + e.getOriginalMessage(),
                        e);
            }
        }
        return read;
    }
}
