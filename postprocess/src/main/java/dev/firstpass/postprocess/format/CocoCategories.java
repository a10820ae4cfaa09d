package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Keypoint;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The categories of a COCO data set: id = index of the class + 1, labels that are no class of the model after them
/// in the order of their coming. A class name that occurs twice has the id of its first occurrence.
///
/// For one thread.
final class CocoCategories {
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private final Map<String, List<String>> joints = new HashMap<>();
    private int next = 1;

    CocoCategories(List<String> classes) {
        for (String label : classes) {
            ids.putIfAbsent(label, next++);
        }
    }

    int idOf(String label) {
        Integer known = ids.get(label);
        if (known != null) {
            return known;
        }
        ids.put(label, next);
        return next++;
    }

    /// Whether `keypoints` have the joints of their category, which are those of the first skeleton seen: COCO names
    /// joints once per category and knows them by their place.
    boolean accepts(String label, List<Keypoint> keypoints) {
        List<String> names = keypoints.stream().map(Keypoint::name).toList();
        List<String> known = joints.putIfAbsent(label, names);
        return known == null || known.equals(names);
    }

    /// `"categories": [...]`, all of things.
    void writePanoptic(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("categories");
        for (Map.Entry<String, Integer> category : ids.entrySet()) {
            json.writeStartObject();
            json.writeNumberField("id", category.getValue());
            json.writeStringField("name", category.getKey());
            json.writeStringField("supercategory", "");
            json.writeNumberField("isthing", 1);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /// `"categories": [...]`.
    void write(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("categories");
        for (Map.Entry<String, Integer> category : ids.entrySet()) {
            json.writeStartObject();
            json.writeNumberField("id", category.getValue());
            json.writeStringField("name", category.getKey());
            json.writeStringField("supercategory", "");
            List<String> names = joints.get(category.getKey());
            if (names != null) {
                json.writeArrayFieldStart("keypoints");
                for (String name : names) {
                    json.writeString(name);
                }
                json.writeEndArray();
                json.writeArrayFieldStart("skeleton");
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
