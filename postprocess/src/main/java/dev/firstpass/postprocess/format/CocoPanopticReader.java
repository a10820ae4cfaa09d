package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// COCO's panoptic annotations: a JSON file with `segments_info`, and PNGs in a folder that is named as the file is
/// (`panoptic_val2017.json` -> `panoptic_val2017`), beside it, or in `panoptic`.
///
/// Stateless.
final class CocoPanopticReader implements LabelReader {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public String id() {
        return "coco.panoptic";
    }

    @Override
    public String description() {
        return "COCO panoptic: a .json with segments_info, and a folder of PNGs; masks, crowds";
    }

    @Override
    public boolean recognises(DataSetSource source) throws IOException {
        return source.file().isPresent()
                ? isPanoptic(source, source.file().get())
                : !JsonFiles.of(source, CocoPanopticReader::isPanoptic).isEmpty();
    }

    /// Looks at the first annotation.
    private static boolean isPanoptic(DataSetSource source, String name) throws IOException {
        try (InputStream in = source.files().open(name);
                JsonParser json = JSON.createParser(in)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            for (Optional<String> member = CocoReader.member(json);
                    member.isPresent();
                    member = CocoReader.member(json)) {
                boolean isArray = json.nextToken() == JsonToken.START_ARRAY;
                if (isArray && member.get().equals("annotations")) {
                    return json.nextToken() == JsonToken.START_OBJECT && CocoReader.hasMember(json, "segments_info");
                }
                json.skipChildren();
            }
            return false;
        } catch (JacksonException _) {
            return false;
        }
    }

    @Override
    public LabeledDataSet open(DataSetSource source) throws IOException {
        String file = JsonFiles.only(
                source, CocoPanopticReader::isPanoptic, "panoptic annotations in COCO's format", "one file");
        CocoHeads heads = CocoHeads.of(source.files(), file);
        CocoPieces pieces = new CocoPieces(heads);
        pieces.read(source, file, _ -> GeometryKind.MASK);
        String stem = ImageNames.stem(file);
        String part = ImageNames.last(stem).replaceFirst("^panoptic_", "");
        return pieces.dataSet(
                source,
                file,
                List.of("images", ImageNames.folder(file), "", "data", part, "images/" + part),
                (_, annotations, size) -> labels(source, stem, annotations, size, heads));
    }

    private static List<TrueLabel> labels(
            DataSetSource source, String stem, List<JsonNode> annotations, ImageSize size, CocoHeads heads)
            throws IOException {
        List<TrueLabel> labels = new ArrayList<>();
        Set<String> names = source.files().names();
        for (JsonNode annotation : annotations) {
            String said = annotation.path("file_name").asText();
            String png = ImageNames.find(said, List.of(stem, ImageNames.folder(stem), "panoptic", ""), names)
                    .orElseThrow(
                            () -> new DataSetException("file_name: " + said + " (expected: a PNG of the data set)"));
            ValueRuns runs = new ValueRuns(size);
            try (InputStream in = source.files().open(png)) {
                PngReader.read(in, size, runs);
            } catch (DataSetException e) {
                throw new DataSetException(png + ": " + e.getMessage(), e);
            }
            Map<Integer, JsonNode> segments = new HashMap<>();
            annotation
                    .path("segments_info")
                    .forEach(one -> segments.put(one.path("id").asInt(), one));
            for (int value : runs.values()) {
                JsonNode segment = segments.get(value);
                if (segment == null) {
                    throw new DataSetException(png + ": segment " + value + " (expected: one of segments_info)");
                }
                CocoDataSet.Category category =
                        heads.categories().get(segment.path("category_id").asLong());
                if (category == null) {
                    throw new DataSetException("segment " + value + ": category_id: "
                            + LabelJson.shown(segment.path("category_id")) + " (expected: one of the categories)");
                }
                Candidate candidate = new Candidate(
                        labels.size(),
                        category.name(),
                        LabelJson.score(segment.path("score"), "score"),
                        LabelJson.attributes(segment.path("attributes")));
                Annotation mask = new Annotation.Mask(candidate, runs.mask(value));
                labels.add(new TrueLabel(
                        mask, mask.bounds(), segment.path("iscrowd").asInt() != 0));
            }
        }
        return labels;
    }
}
