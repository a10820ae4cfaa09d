package dev.firstpass.server.frontend.grpc;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.proto.v1.Box;
import dev.firstpass.proto.v1.Geometry;
import dev.firstpass.proto.v1.PrelabelOptions;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Messages as requests to the pipeline. Every value that cannot be used throws ARGUMENT_INVALID with the name
/// that it has at the HTTP door, too.
///
/// Immutable.
final class RequestMessages {
    private final RequestRules rules;

    RequestMessages(RequestRules rules) {
        this.rules = rules;
    }

    /// @param call the deadline of the call as a whole, begun when the message came
    /// @param cache what the call's metadata say of caches
    /// @param caller whose call it is
    PrelabelRequest request(
            dev.firstpass.proto.v1.PrelabelRequest message,
            ModelRef ref,
            ModelDescription model,
            Deadline call,
            CacheUse cache,
            Caller caller,
            String requestId) {
        PrelabelOptions options = message.getOptions();
        Optional<String> format = given(options.getFormat());
        RequestRules.Wanted wanted = rules.wanted(
                caller.tenant(),
                given(options.getProject()),
                wishes(options, model),
                format,
                options.getFormatOptionsMap());
        return new PrelabelRequest(
                ref,
                asset(message),
                given(message.getAssetId()).map(rules::assetId),
                prompt(message.getPrompt()),
                wanted.labeling(),
                // The message has all of it; it is written where somebody asked for a format.
                Optional.of(wanted.format())
                        .filter(choice -> format.isPresent() || !choice.format().equals(FormatChoice.USUAL)),
                priority(options),
                call.sooner(timeout(options)),
                cache,
                caller,
                requestId);
    }

    private AssetRef asset(dev.firstpass.proto.v1.PrelabelRequest message) {
        return switch (message.getAssetCase()) {
            case IMAGE -> new AssetRef.Inline(message.getImage().toByteArray(), Optional.empty());
            case URI -> new AssetRef.Uri(rules.uri(message.getUri()));
            case ASSET_NOT_SET -> throw RequestRules.invalid("asset", "asset: none (expected: image or uri)");
        };
    }

    private TimeLimit timeout(PrelabelOptions options) {
        if (!options.hasTimeout()) {
            return rules.timeout();
        }
        try {
            return rules.timeout(Duration.ofSeconds(
                    options.getTimeout().getSeconds(), options.getTimeout().getNanos()));
        } catch (ArithmeticException _) {
            throw RequestRules.invalid("timeout", "timeout (expected: a duration in range)");
        }
    }

    /// Empty where it is not set.
    private static Optional<String> given(String text) {
        return Optional.of(text).filter(some -> !some.isEmpty());
    }

    /// What is not set is left open, the number 0 included: the wire cannot tell them apart.
    private LabelingWishes wishes(PrelabelOptions options, ModelDescription model) {
        Set<String> classes = Set.copyOf(options.getClassesList());
        RequestRules.classes(classes, model);
        return LabelingWishes.ofRequest(
                options.hasThreshold() ? Optional.of(rules.threshold(options.getThreshold())) : Optional.empty(),
                classes,
                options.getMax() == 0
                        ? OptionalInt.empty()
                        : OptionalInt.of(rules.max(Integer.toUnsignedLong(options.getMax()))),
                options.hasGeometry() ? Optional.of(geometry(options.getGeometry())) : Optional.empty(),
                options.hasSimplify() ? Optional.of(rules.simplify(options.getSimplify())) : Optional.empty());
    }

    private static GeometryWish geometry(Geometry geometry) {
        return switch (geometry) {
            case GEOMETRY_NATIVE -> new GeometryWish.Native();
            case GEOMETRY_BOX -> new GeometryWish.Of(GeometryKind.BOX);
            case GEOMETRY_ROTATED_BOX -> new GeometryWish.Of(GeometryKind.ROTATED_BOX);
            case GEOMETRY_POLYGON -> new GeometryWish.Of(GeometryKind.POLYGON);
            case GEOMETRY_MASK -> new GeometryWish.Of(GeometryKind.MASK);
            case UNRECOGNIZED ->
                throw RequestRules.invalid("geometry", "geometry: unknown number (expected: one of the enum)");
        };
    }

    private static Priority priority(PrelabelOptions options) {
        return switch (options.getPriority()) {
            case PRIORITY_INTERACTIVE -> Priority.INTERACTIVE;
            case PRIORITY_BULK -> Priority.BULK;
            case UNRECOGNIZED ->
                throw RequestRules.invalid("priority", "priority: unknown number (expected: one of the enum)");
        };
    }

    private Prompt prompt(dev.firstpass.proto.v1.Prompt prompt) {
        if (!prompt.hasBox() && !prompt.hasClicks()) {
            return new Prompt.None();
        }
        List<Prompt.Click> clicks =
                prompt.hasClicks() ? clicks(prompt.getClicks().getClicksList()) : List.of();
        return prompt.hasBox() ? new Prompt.Box(box(prompt.getBox()), clicks) : new Prompt.Points(clicks);
    }

    private Rect box(Box box) {
        double width = rules.coordinate("prompt.box.width", box.getWidth());
        double height = rules.coordinate("prompt.box.height", box.getHeight());
        if (width <= 0 || height <= 0) {
            throw RequestRules.invalid("prompt.box", "prompt.box: " + width + "x" + height + " (expected: > 0)");
        }
        return new Rect(
                rules.coordinate("prompt.box.x", box.getX()),
                rules.coordinate("prompt.box.y", box.getY()),
                width,
                height);
    }

    private List<Prompt.Click> clicks(List<dev.firstpass.proto.v1.Prompt.Click> messages) {
        if (messages.isEmpty() || messages.size() > RequestRules.MAX_CLICKS) {
            throw RequestRules.invalid(
                    "prompt.points",
                    "prompt.points: " + messages.size() + " (expected: 1.." + RequestRules.MAX_CLICKS + ")");
        }
        List<Prompt.Click> clicks = new ArrayList<>();
        for (dev.firstpass.proto.v1.Prompt.Click click : messages) {
            String field = "prompt.points[" + clicks.size() + "]";
            Point at = new Point(
                    rules.coordinate(field + ".x", click.getX()), rules.coordinate(field + ".y", click.getY()));
            clicks.add(new Prompt.Click(at, !click.getBackground()));
        }
        return clicks;
    }
}
