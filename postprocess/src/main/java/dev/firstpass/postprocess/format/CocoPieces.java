package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where the annotations of each image stand in a file whose images and categories are known: results, and panoptic
/// annotations. Images come in the order of their ids.
///
/// Mutable, for one thread.
final class CocoPieces {
    private static final JsonMapper JSON = new JsonMapper();

    private final CocoHeads heads;
    private final Map<Long, Integer> numbers = new HashMap<>();
    private final JsonPlaces places = new JsonPlaces();
    private final Set<GeometryKind> kinds = EnumSet.noneOf(GeometryKind.class);
    private final Notes notes = new Notes();

    /// What is learnt of a piece, which is then forgotten.
    @FunctionalInterface
    interface Kinds {
        GeometryKind of(JsonNode piece);
    }

    CocoPieces(CocoHeads heads) {
        this.heads = heads;
        heads.images().keySet().forEach(id -> numbers.put(id, numbers.size()));
    }

    /// Reads a file: an array of pieces, or an object whose `annotations` are one.
    ///
    /// @throws DataSetException if it is neither
    void read(DataSetSource source, String file, Kinds kindOf) throws IOException {
        try (InputStream in = source.files().open(file);
                JsonParser json = JSON.createParser(in)) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_ARRAY) {
                array(json, file, kindOf);
                return;
            }
            if (first != JsonToken.START_OBJECT) {
                throw new DataSetException(file + ": neither array nor object (expected: COCO's)");
            }
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                boolean isArray = json.nextToken() == JsonToken.START_ARRAY;
                if (isArray && member.get().equals("annotations")) {
                    array(json, file, kindOf);
                } else {
                    json.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw LabelJson.unreadable(file, e);
        }
    }

    private void array(JsonParser json, String file, Kinds kindOf) throws IOException {
        while (json.nextToken() == JsonToken.START_OBJECT) {
            JsonPiece piece = JsonPiece.read(json, file);
            Integer number = numbers.get(piece.value().path("image_id").asLong(Long.MIN_VALUE));
            if (number == null) {
                notes.count("annotations of an image that is not in the file: left out");
                continue;
            }
            kinds.add(kindOf.of(piece.value()));
            places.add(number, piece.offset(), piece.length());
        }
        if (json.currentToken() != JsonToken.END_ARRAY) {
            throw new DataSetException(file + ": " + json.currentToken() + " in the array (expected: objects)");
        }
    }

    /// @param folders in which images are looked for
    LabeledDataSet dataSet(DataSetSource source, String file, List<String> folders, JsonDataSet.Pieces pieces) {
        Set<String> names = source.images().names();
        List<LabeledImage> images = new ArrayList<>();
        List<Optional<ImageSize>> sizes = new ArrayList<>();
        for (CocoHeads.Image image : heads.images().values()) {
            images.add(new LabeledImage(images.size(), image.name(), ImageNames.find(image.name(), folders, names)));
            sizes.add(image.size());
        }
        return new JsonDataSet(
                source.files(),
                file,
                images,
                sizes,
                heads.categories().values().stream()
                        .map(CocoDataSet.Category::name)
                        .distinct()
                        .toList(),
                kinds,
                notes.counts(),
                places.byImage(images.size()),
                pieces);
    }
}
