package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.Backend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.TensorCalls;
import dev.firstpass.server.frontend.http.PrelabelReader;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.TensorInput;
import dev.firstpass.server.pipeline.TensorModel;
import dev.firstpass.server.pipeline.TensorOutput;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Callers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Beside each model `m`, what it finds on images: the model `m.prelabels` of the protocol, which takes an image's file and
/// gives what it shows in a label format. A stage of that name is hidden by it.
///
/// Thread-safe. Blocks, but for what says otherwise.
final class PrelabelModel {
    /// In the place of a stage's name, which is never empty.
    static final String STAGE = "";

    private static final String SUFFIX = ".prelabels";
    private static final String IMAGE = "image";
    private static final String OPTIONS = "options";
    private static final String PRELABELS = "prelabels";
    private static final Shape ONE = Shape.of(1);

    private static final ModelSignature SIGNATURE = new ModelSignature(
            List.of(new TensorInfo(IMAGE, ElementType.STRING, ONE), new TensorInfo(OPTIONS, ElementType.STRING, ONE)),
            List.of(new TensorInfo(PRELABELS, ElementType.STRING, ONE)),
            Map.of());

    private final Backend backend;
    private final PrelabelCalls calls;
    private final PrelabelReader reader;

    PrelabelModel(FrontendContext context) {
        this.backend = context.backend();
        this.calls = new PrelabelCalls(context, OpenInferenceFrontend.API);
        this.reader = new PrelabelReader(calls.rules());
    }

    /// What a request asks for, in memory of its own.
    ///
    /// @param image a file's bytes
    /// @param options JSON
    /// @param timeout that the request names
    record Asked(
            TensorTarget target,
            byte[] image,
            Optional<byte[]> options,
            Priority priority,
            Optional<TimeLimit> timeout) {
        /// Copies what it is given, which may lie in the wire's memory. Does not block.
        ///
        /// @param outputs names of those wanted; all where it is empty
        /// @throws FailureException ARGUMENT_INVALID
        static Asked of(
                TensorTarget target,
                List<TensorInput> inputs,
                List<String> outputs,
                Priority priority,
                TimeLimit limit) {
            requireKnown(inputs, outputs);
            return new Asked(
                    target,
                    single(inputs, IMAGE)
                            .orElseThrow(() -> Wire.invalid(IMAGE, "input " + Words.quoted(IMAGE) + ": missing")),
                    single(inputs, OPTIONS),
                    priority,
                    limit.isAsked() ? Optional.of(limit) : Optional.empty());
        }
    }

    /// @param version that answered
    record Answer(long version, List<TensorOutput> outputs) {}

    /// Whether a name means the pre-labels of a model. Does not block.
    static boolean is(TensorTarget target) {
        return is(target.name());
    }

    /// The same of a name alone.
    static boolean is(String name) {
        return name.length() > SUFFIX.length() && name.endsWith(SUFFIX);
    }

    /// Whether an input need not be there.
    static boolean isOptional(TensorModel model, TensorInfo input) {
        return model.stage().equals(STAGE) && input.name().equals(OPTIONS);
    }

    /// The model whose pre-labels are meant. Does not block.
    static TensorTarget model(TensorTarget target) {
        return new TensorTarget(
                target.tenant(),
                target.name().substring(0, target.name().length() - SUFFIX.length()),
                target.version());
    }

    /// What it takes and gives, for a request that asks for nothing else; loads nothing.
    TensorModel describe(ServiceRequestContext request, TensorTarget target) {
        ModelRef ref = model(target).ref();
        ModelDescription meant = backend.models().model(ref);
        ModelVersion version = backend.models().offered(ref.name()).versions().stream()
                .filter(each -> each.number() == meant.version())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(ref + " has gone"));
        RequestNotes.of(request).model(TensorCalls.label(version));
        return new TensorModel(version, STAGE, SIGNATURE, 0);
    }

    /// Finds what an image shows.
    ///
    /// @param deadline made of the time that the request may take, when that is known
    Answer infer(ServiceRequestContext context, Asked asked, Function<TimeLimit, Deadline> deadline, String requestId) {
        ObjectNode options =
                asked.options().map(json -> Json.readObject(OPTIONS, json)).orElseGet(Json::object);
        if (!options.has("priority") && asked.priority() == Priority.BULK) {
            options.put("priority", "bulk");
        }
        boolean hasTimeout = options.has("timeout");
        ModelRef ref = model(asked.target()).ref();
        ModelDescription model = calls.model(context, ref);
        PrelabelAnswer answer = calls.prelabel(
                context,
                reader.read(
                        ref,
                        model,
                        options,
                        new AssetRef.Inline(asked.image(), Optional.empty()),
                        limit -> deadline.apply(
                                hasTimeout ? limit : asked.timeout().orElse(limit)),
                        CacheUse.of(context.request().headers().getAll("cache-control")),
                        Callers.of(context),
                        requestId));
        return new Answer(
                answer.prelabels().provenance().version(),
                List.of(new TensorOutput(PRELABELS, ElementType.STRING, ONE, List.of(packed(answer.body())))));
    }

    private static MemorySegment packed(byte[] body) {
        List<byte[]> one = List.of(body);
        MemorySegment packed = Arena.ofAuto().allocate(PackedStrings.size(one), 1);
        PackedStrings.write(one, packed);
        return packed.asReadOnly();
    }

    private static void requireKnown(List<TensorInput> inputs, List<String> outputs) {
        List<String> names = new ArrayList<>();
        for (TensorInput input : inputs) {
            if (!Set.of(IMAGE, OPTIONS).contains(input.name())) {
                throw Wire.invalid(
                        input.name(),
                        "input " + Words.quoted(input.name()) + ": there is none of that name (expected: " + IMAGE
                                + ", and " + OPTIONS + " if need be)");
            }
            if (names.contains(input.name())) {
                throw Wire.invalid(
                        input.name(), "input " + Words.quoted(input.name()) + ": there twice (expected: once)");
            }
            names.add(input.name());
        }
        for (String output : outputs) {
            if (!output.equals(PRELABELS)) {
                throw Wire.invalid(
                        output,
                        "output " + Words.quoted(output) + ": there is none of that name (expected: " + PRELABELS
                                + ")");
            }
        }
        if (outputs.size() > 1) {
            throw Wire.invalid(PRELABELS, "output " + Words.quoted(PRELABELS) + ": wanted twice (expected: once)");
        }
    }

    /// The bytes of an input's one string.
    private static Optional<byte[]> single(List<TensorInput> inputs, String name) {
        return inputs.stream()
                .filter(input -> input.name().equals(name))
                .findFirst()
                .map(PrelabelModel::single);
    }

    private static byte[] single(TensorInput input) {
        String what = "input " + Words.quoted(input.name()) + ": ";
        if (input.type() != ElementType.STRING || !input.shape().equals(ONE)) {
            throw Wire.invalid(
                    input.name(),
                    what + DataTypes.name(input.type()) + input.shape() + " (expected: BYTES" + ONE + ")");
        }
        try {
            return PackedStrings.read(input.data(), 1).getFirst();
        } catch (IllegalArgumentException e) {
            throw Wire.invalid(input.name(), what + e.getMessage());
        }
    }
}
