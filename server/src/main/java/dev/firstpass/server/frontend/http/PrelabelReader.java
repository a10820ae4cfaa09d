package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.QueryParams;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.pipeline.PrelabelRequest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Makes a [PrelabelRequest] of a path, a query and a body.
///
/// An option may stand in the query or in JSON, but not in both. A geometry that is none at all is
/// ARGUMENT_INVALID; one that the model cannot give is the pipeline's to refuse.
///
/// Immutable.
public final class PrelabelReader {
    static final List<String> QUERY_OPTIONS = List.of(
            "format",
            "geometry",
            "threshold",
            "classes",
            "max",
            "simplify",
            "asset-id",
            "project",
            "priority",
            "timeout",
            "format-options");

    /// A prompt is a structure, so only JSON can hold one.
    private static final List<String> OPTIONS =
            Stream.concat(QUERY_OPTIONS.stream(), Stream.of("prompt")).toList();

    private static final List<String> OPENING_OPTIONS = List.of("asset-id", "priority", "timeout");

    private final RequestRules rules;
    private final PromptReader prompts;

    public PrelabelReader(RequestRules rules) {
        this.rules = rules;
        this.prompts = new PromptReader(rules);
    }

    /// Reads the query before the body, so that a slip in the address is found first.
    ///
    /// @param deadline made of the time that the request may take, when that is known
    PrelabelRequest read(
            ModelRef ref,
            ModelDescription model,
            QueryParams query,
            AggregatedHttpRequest http,
            Function<TimeLimit, Deadline> deadline,
            Caller caller,
            String requestId) {
        return read(ref, model, QUERY_OPTIONS, OPTIONS, query, http, deadline, caller, requestId);
    }

    /// What a protocol asks for that carries the options of this one as JSON.
    ///
    /// @param deadline made of the time that the request may take, when that is known
    public PrelabelRequest read(
            ModelRef ref,
            ModelDescription model,
            ObjectNode options,
            AssetRef asset,
            Function<TimeLimit, Deadline> deadline,
            CacheUse cache,
            Caller caller,
            String requestId) {
        Options known = new Options(OPTIONS);
        known.addJson(options);
        return read(ref, model, known, asset, Optional.empty(), deadline, cache, caller, requestId);
    }

    /// What asks for an image to be opened: the bodies are the same, and of the options those that say nothing of labels.
    PrelabelRequest readOpening(
            ModelRef ref,
            ModelDescription model,
            QueryParams query,
            AggregatedHttpRequest http,
            Function<TimeLimit, Deadline> deadline,
            Caller caller,
            String requestId) {
        return read(ref, model, OPENING_OPTIONS, OPENING_OPTIONS, query, http, deadline, caller, requestId);
    }

    /// @param inQuery options that may stand in the query
    /// @param inAll options that may stand in either
    private PrelabelRequest read(
            ModelRef ref,
            ModelDescription model,
            List<String> inQuery,
            List<String> inAll,
            QueryParams query,
            AggregatedHttpRequest http,
            Function<TimeLimit, Deadline> deadline,
            Caller caller,
            String requestId) {
        new Options(inQuery).addQuery(query);
        PrelabelBody body = PrelabelBody.read(http, rules);
        Options options = new Options(inAll);
        options.addQuery(query);
        options.addJson(body.options());
        return read(
                ref,
                model,
                options,
                body.asset(),
                body.fileName(),
                deadline,
                CacheUse.of(http.headers().getAll("cache-control")),
                caller,
                requestId);
    }

    private PrelabelRequest read(
            ModelRef ref,
            ModelDescription model,
            Options options,
            AssetRef asset,
            Optional<String> fileName,
            Function<TimeLimit, Deadline> deadline,
            CacheUse cache,
            Caller caller,
            String requestId) {
        RequestRules.Wanted wanted = rules.wanted(
                caller.tenant(),
                options.text("project").filter(name -> !name.isEmpty()),
                wishes(options, model),
                options.text("format"),
                options.pairs("format-options"));
        return new PrelabelRequest(
                ref,
                asset,
                options.text("asset-id").or(() -> fileName).map(rules::assetId),
                prompt(options),
                wanted.labeling(),
                Optional.of(wanted.format()),
                priority(options),
                deadline.apply(timeout(options)),
                cache,
                caller,
                requestId);
    }

    private Prompt prompt(Options options) {
        return options.node("prompt").map(prompts::read).orElseGet(Prompt.None::new);
    }

    private LabelingWishes wishes(Options options, ModelDescription model) {
        Set<String> classes = options.words("classes");
        RequestRules.classes(classes, model);
        return LabelingWishes.ofRequest(
                options.number("threshold").map(rules::threshold),
                classes,
                options.whole("max").map(rules::max).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                geometry(options),
                options.number("simplify").map(rules::simplify));
    }

    private static Optional<GeometryWish> geometry(Options options) {
        return options.text("geometry")
                .map(name -> GeometryWish.ofId(name).orElseThrow(() -> {
                    List<String> known = List.of("native", "box", "rotated-box", "polygon", "mask");
                    return RequestRules.invalid(
                            "geometry",
                            "geometry: " + Words.quoted(name) + " (expected: " + String.join(", ", known) + ")"
                                    + Words.hint(name, known));
                }));
    }

    private static Priority priority(Options options) {
        String name = options.text("priority").orElse("interactive");
        return switch (name) {
            case "interactive" -> Priority.INTERACTIVE;
            case "bulk" -> Priority.BULK;
            default ->
                throw RequestRules.invalid(
                        "priority", "priority: " + Words.quoted(name) + " (expected: interactive or bulk)");
        };
    }

    private TimeLimit timeout(Options options) {
        return options.duration("timeout").map(rules::timeout).orElseGet(rules::timeout);
    }
}
