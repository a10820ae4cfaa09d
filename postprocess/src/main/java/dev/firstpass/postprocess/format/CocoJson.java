package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.io.IOException;
import java.util.List;

/// COCO's spellings of geometry.
final class CocoJson {
    private CocoJson() {}

    /// `"bbox": [x, y, width, height]`.
    static void bbox(JsonGenerator json, Rect box) throws IOException {
        json.writeArrayFieldStart("bbox");
        Decimals.PIXELS.write(json, box.x());
        Decimals.PIXELS.write(json, box.y());
        Decimals.PIXELS.write(json, box.width());
        Decimals.PIXELS.write(json, box.height());
        json.writeEndArray();
    }

    /// A value, compressed run lengths: `{"size": [h, w], "counts": "..."}`.
    static void rle(JsonGenerator json, RunLengths runs) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("size");
        json.writeNumber(runs.size().height());
        json.writeNumber(runs.size().width());
        json.writeEndArray();
        json.writeStringField("counts", CocoRle.encode(runs));
        json.writeEndObject();
    }

    /// `"keypoints": [x, y, v, ...]`, v being 0 for an absent joint (x and y are 0 too), 1 occluded, 2 visible.
    static void keypoints(JsonGenerator json, List<Keypoint> joints) throws IOException {
        json.writeArrayFieldStart("keypoints");
        for (Keypoint joint : joints) {
            int visibility = switch (joint.visibility()) {
                case ABSENT -> 0;
                case OCCLUDED -> 1;
                case VISIBLE -> 2;
            };
            Decimals.PIXELS.write(json, visibility == 0 ? 0 : joint.at().x());
            Decimals.PIXELS.write(json, visibility == 0 ? 0 : joint.at().y());
            json.writeNumber(visibility);
        }
        json.writeEndArray();
    }
}
