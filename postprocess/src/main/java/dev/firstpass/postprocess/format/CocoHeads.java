package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetFiles;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Images and categories of a COCO file, without its annotations, by their ids.
///
/// Immutable.
record CocoHeads(Map<Long, Image> images, Map<Long, CocoDataSet.Category> categories) {
    private static final JsonMapper JSON = new JsonMapper();

    /// @param name as the file has it
    record Image(String name, Optional<ImageSize> size) {}

    /// Goes through the file once.
    ///
    /// @throws DataSetException if it is not in COCO's format
    static CocoHeads of(DataSetFiles files, String file) throws IOException {
        Map<Long, Image> images = new TreeMap<>();
        Map<Long, CocoDataSet.Category> categories = new TreeMap<>();
        try (InputStream in = files.open(file);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new DataSetException(file + ": not a JSON object (expected: COCO's images and categories)");
            }
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                boolean isArray = json.nextToken() == JsonToken.START_ARRAY;
                boolean isImages = member.get().equals("images");
                if (isArray && (isImages || member.get().equals("categories"))) {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        JsonNode one = JSON.readTree(json);
                        if (isImages) {
                            images.put(id(file, one), image(one));
                        } else {
                            categories.put(id(file, one), category(one));
                        }
                    }
                    CocoReader.requireEnd(json, file, member.get());
                } else {
                    json.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw LabelJson.unreadable(file, e);
        }
        return new CocoHeads(images, categories);
    }

    private static long id(String file, JsonNode json) {
        if (!json.path("id").isIntegralNumber()) {
            throw new DataSetException(file + ": id: " + LabelJson.shown(json.path("id")) + " (expected: a number)");
        }
        return json.path("id").asLong();
    }

    private static Image image(JsonNode json) {
        int width = json.path("width").asInt();
        int height = json.path("height").asInt();
        return new Image(
                json.path("file_name").asText(json.path("id").asText()),
                width > 0 && height > 0 ? Optional.of(new ImageSize(width, height)) : Optional.empty());
    }

    static CocoDataSet.Category category(JsonNode json) {
        List<String> joints = new ArrayList<>();
        json.path("keypoints").forEach(joint -> joints.add(joint.asText()));
        return new CocoDataSet.Category(json.path("name").asText(), joints);
    }
}
