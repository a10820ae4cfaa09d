package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// COCO's results: an array of detections, with scores. They know images and categories by their ids, so the data set that
/// they are results for, another JSON file, has to be there too, as for pycocotools' `loadRes`.
///
/// A detection is read as what it says most exactly: key points, else a segmentation, else its box.
///
/// Stateless.
final class CocoResultsReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String id() {
        return "coco.results";
    }

    @Override
    public String description() {
        return "COCO results: a .json with an array of detections, and the data set that they are for; boxes,"
                + " segmentations, keypoints";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return source.file().isPresent()
                ? isResults(source, source.file().get())
                : !JsonFiles.of(source, CocoResultsReader::isResults).isEmpty();
    }

    /// An array whose first element has both a score and the id of an image.
    private static boolean isResults(DataSetSource source, String name) throws IOException {
        try (InputStream in = source.files().open(name);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_ARRAY || json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            int known = 0;
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                boolean isKnown = member.get().equals("image_id")
                        || member.get().equals("category_id")
                        || member.get().equals("score");
                known += isKnown ? 1 : 0;
                json.nextToken();
                json.skipChildren();
            }
            return known == 3;
        } catch (JacksonException _) {
            return false;
        }
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        String file = JsonFiles.only(source, CocoResultsReader::isResults, "results in COCO's format", "one file");
        String dataSet =
                CocoReader.file(new DataSetSource(source.files(), Optional.empty(), source.images(), source.split()));
        CocoHeads heads = CocoHeads.of(source.files(), dataSet);
        CocoPieces pieces = new CocoPieces(heads);
        pieces.read(source, file, CocoResultsReader::kind);
        return pieces.dataSet(
                source,
                file,
                List.of(ImageNames.folder(dataSet), "", "images", "data"),
                (_, detections, size) -> labels(detections, size, heads));
    }

    private static GeometryKind kind(JsonNode detection) {
        if (detection.path("keypoints").isArray()) {
            return GeometryKind.KEYPOINTS;
        }
        JsonNode segmentation = detection.path("segmentation");
        boolean isPolygon = segmentation.isArray() && !segmentation.isEmpty();
        return segmentation.isObject() ? GeometryKind.MASK : isPolygon ? GeometryKind.POLYGON : GeometryKind.BOX;
    }

    private static List<TrueLabel> labels(List<JsonNode> detections, ImageSize size, CocoHeads heads) {
        List<TrueLabel> labels = new ArrayList<>();
        for (JsonNode detection : detections) {
            try {
                labels.add(CocoJson.label(detection, labels.size(), heads.categories(), size));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "detection " + labels.size() + " of the image: " + e.getMessage(), e);
            }
        }
        return labels;
    }
}
