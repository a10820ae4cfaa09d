package dev.firstpass.server.frontend.roboflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.EncodedImages;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.ServedRef;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Both of the ways in which `inference-sdk` asks. Several images of one request are worked on one after the other, and answered
/// with a list.
///
/// What cannot be so here is refused rather than passed over: an image that is not to be turned upright, and a picture of the
/// findings. How findings that overlap are told apart is the model's affair (`iou_threshold`, `class_agnostic_nms` and the like have
/// no effect).
///
/// Immutable.
record Inference(PrelabelCalls calls, ModelLabels labels) {
    private static final int MAX_IMAGES = 64;
    private static final List<String> UNSERVED =
            List.of("visualize_predictions", "disable_preproc_auto_orient", "include_anomaly_map");

    /// What a request wishes of each of its images.
    private record Wishes(LabelingWishes labeling, MaskForm masks) {}

    /// The answer of `/infer/<task>`: an object, or an array where the request has an array of images.
    JsonNode answer(ServiceRequestContext request, AggregatedHttpRequest whole, Task task) {
        ObjectNode body = Json.readObject("body", whole.content().array());
        ServedRef ref = calls.ref(request, ModelId.reference(Options.text("model_id", body.path("model_id"))));
        ModelDescription model = calls.model(request, ref);
        UNSERVED.forEach(name -> requireNo(name, body.path(name)));
        Wishes wishes = wishes(
                task,
                threshold(body.path("confidence")),
                classes(body.path("class_filter"), model),
                max(body.path("max_detections")),
                MaskForm.of(body.path("response_mask_format")));
        JsonNode images = body.path("image");
        if (!images.isArray()) {
            return infer(request, ref, model, image("image", images), wishes, task);
        }
        if (images.isEmpty() || images.size() > MAX_IMAGES) {
            throw RequestRules.invalid(
                    "image", "image: " + images.size() + " images (expected: 1.." + MAX_IMAGES + ")");
        }
        List<AssetRef> assets = new ArrayList<>();
        for (JsonNode image : images) {
            assets.add(image("image[" + assets.size() + "]", image));
        }
        ArrayNode answers = Json.object().putArray("answers");
        for (AssetRef asset : assets) {
            answers.add(infer(request, ref, model, asset, wishes, task));
        }
        return answers;
    }

    /// The answer of `/<model>/<version>`: the task is the model's own.
    JsonNode answerLegacy(ServiceRequestContext request, AggregatedHttpRequest whole) {
        ServedRef ref = calls.ref(
                request,
                ModelId.reference(PathParams.get(request, "model") + "/" + PathParams.get(request, "version")));
        ModelDescription model = calls.model(request, ref);
        Task task = ServedModels.requireTask(model);
        QueryParams query = request.queryParams();
        String format = query.get("format", "json");
        if (!format.equals("json")) {
            throw RequestRules.invalid("format", "format: " + Words.quoted(format) + " (expected: json)");
        }
        UNSERVED.forEach(name -> requireNo(name, node(query, name)));
        Wishes wishes = wishes(
                task,
                legacyThreshold(query.get("confidence", "")),
                legacyClasses(query.get("classes", ""), model),
                max(node(query, "max_detections")),
                MaskForm.of(node(query, "response_mask_format")));
        @Nullable String address = query.get("image");
        AssetRef asset = address != null
                ? new AssetRef.Uri(calls.rules().uri(address))
                : EncodedImages.ofDataUri(
                        "body",
                        whole.content().toString(StandardCharsets.US_ASCII).strip());
        return infer(request, ref, model, asset, wishes, task);
    }

    private static JsonNode node(QueryParams query, String name) {
        @Nullable String value = query.get(name);
        return value == null ? MissingNode.getInstance() : TextNode.valueOf(value);
    }

    private JsonNode infer(
            ServiceRequestContext request,
            ServedRef ref,
            ModelDescription model,
            AssetRef asset,
            Wishes wishes,
            Task task) {
        PrelabelAnswer answer = calls.prelabel(
                request,
                calls.request(
                        request,
                        ref.model(),
                        asset,
                        new Prompt.None(),
                        ref.labeling(wishes.labeling()),
                        Optional.empty()));
        return new Answer(model, labels, wishes.masks(), task).json(answer);
    }

    private AssetRef image(String field, JsonNode image) {
        if (!image.isObject()) {
            throw RequestRules.invalid(field, field + ": " + Json.kind(image) + " (expected: an object)");
        }
        String type = Options.text(field + ".type", image.path("type"));
        String value = Options.text(field + ".value", image.path("value"));
        return switch (type) {
            case "base64" -> EncodedImages.ofDataUri(field + ".value", value);
            case "url" -> new AssetRef.Uri(calls.rules().uri(value));
            default ->
                throw RequestRules.invalid(
                        field + ".type", field + ".type: " + Words.quoted(type) + " (expected: base64 or url)");
        };
    }

    private static void requireNo(String name, JsonNode node) {
        String text = node.asText("false").toLowerCase(Locale.ROOT);
        if (!Set.of("false", "", "null").contains(text)) {
            throw Failure.ofField(Reason.NOT_SUPPORTED, name, name + ": not served (expected: false)")
                    .asException();
        }
    }

    private Wishes wishes(Task task, Optional<Double> threshold, Set<String> classes, OptionalInt max, MaskForm masks) {
        GeometryWish geometry = switch (task) {
            case OBJECT_DETECTION -> new GeometryWish.Of(GeometryKind.BOX);
            case INSTANCE_SEGMENTATION -> new GeometryWish.Of(masks.geometry());
            case KEYPOINT_DETECTION -> new GeometryWish.Of(GeometryKind.KEYPOINTS);
            case CLASSIFICATION -> new GeometryWish.Of(GeometryKind.CLASSIFICATION);
        };
        return new Wishes(
                LabelingWishes.ofRequest(threshold, classes, max, Optional.of(geometry), Optional.empty()), masks);
    }

    /// The client sends a number, or a word for what is usual.
    private Optional<Double> threshold(JsonNode node) {
        boolean isUsual = node.isTextual() && Set.of("best", "default").contains(node.textValue());
        return node.isMissingNode() || node.isNull() || isUsual
                ? Optional.empty()
                : Optional.of(calls.rules().threshold("confidence", Options.number("confidence", node)));
    }

    /// In the older way, what is 1 or more is a percentage.
    private Optional<Double> legacyThreshold(String text) {
        if (text.isEmpty() || text.equals("best") || text.equals("default")) {
            return Optional.empty();
        }
        double value = Options.number("confidence", TextNode.valueOf(text));
        return Optional.of(calls.rules().threshold("confidence", value >= 1 ? value / 100 : value));
    }

    private static Set<String> classes(JsonNode node, ModelDescription model) {
        if (node.isMissingNode() || node.isNull()) {
            return Set.of();
        }
        if (!node.isArray()) {
            throw RequestRules.invalid(
                    "class_filter", "class_filter: " + Json.kind(node) + " (expected: an array of names)");
        }
        Set<String> classes = new LinkedHashSet<>();
        node.forEach(name -> classes.add(Options.text("class_filter", name)));
        return ModelLabels.classes(model, classes);
    }

    private static Set<String> legacyClasses(String text, ModelDescription model) {
        Set<String> classes = text.isEmpty() ? Set.of() : new LinkedHashSet<>(List.of(text.split(",", -1)));
        return ModelLabels.classes(model, classes);
    }

    private OptionalInt max(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return OptionalInt.empty();
        }
        double value = Options.number("max_detections", node);
        if (value != Math.rint(value)) {
            throw RequestRules.invalid("max_detections", "max_detections: " + value + " (expected: a whole number)");
        }
        return OptionalInt.of(calls.rules().max("max_detections", (long) value));
    }
}
