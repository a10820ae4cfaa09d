package dev.firstpass.postprocess.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A file in the `firstpass` format, as `firstpass prelabel` writes it and people correct it.
///
/// Stateless.
final class FirstpassParser implements LabelFileParser {
    private static final JsonMapper JSON = new JsonMapper();

    /// Fields of other formats that have annotations at their root too.
    private static final List<String> OTHERS = List.of("images", "categories", "item", "slots", "size", "objects");

    @Override
    public boolean isNamed(String name) {
        return JsonFiles.isNamed(name);
    }

    @Override
    public boolean recognises(byte[] content) {
        return root(content).isPresent();
    }

    /// With the score of who does not say that there is doubt.
    private static Annotation sure(Annotation annotation) {
        Candidate candidate = annotation.candidate();
        return annotation.withCandidate(new Candidate(candidate.index(), candidate.label(), 1, candidate.attributes()));
    }

    private static Optional<JsonNode> root(byte[] content) {
        try {
            return Optional.ofNullable(JSON.readTree(content))
                    .filter(root -> root.path("annotations").isArray()
                            && OTHERS.stream().noneMatch(root::has)
                            && (root.path("asset").isObject()
                                    || root.path("annotations").path(0).has("type")));
        } catch (JacksonException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory does not fail", e);
        }
    }

    @Override
    public LabelFile parse(byte[] content, Optional<ImageSize> size) {
        return parse(root(content).orElseThrow(() -> new DataSetException("not in the firstpass format")), size);
    }

    /// The same of JSON that was read.
    static LabelFile parse(JsonNode root, Optional<ImageSize> size) {
        JsonNode asset = root.path("asset");
        Optional<ImageSize> said = asset.has("width") && asset.has("height")
                ? Optional.of(new ImageSize(
                        asset.path("width").asInt(), asset.path("height").asInt()))
                : Optional.empty();
        Optional<String> image =
                asset.hasNonNull("id") ? Optional.of(asset.path("id").asText()) : Optional.empty();
        List<TrueLabel> labels = new ArrayList<>();
        for (JsonNode json : root.path("annotations")) {
            Annotation annotation = FirstpassReader.annotation(json, labels.size());
            if (annotation instanceof Annotation.Mask mask) {
                said.or(() -> size)
                        .filter(whole -> !mask.runs().size().equals(whole))
                        .ifPresent(whole -> {
                            throw new DataSetException("mask.size: "
                                    + LabelJson.shown(json.path("mask").path("size")) + " (expected: [" + whole.height()
                                    + ", " + whole.width() + "], the image's)");
                        });
            }
            labels.add(TrueLabel.of(json.has("score") ? annotation : sure(annotation)));
        }
        return new LabelFile(image, said, List.of(), labels, Map.of());
    }
}
