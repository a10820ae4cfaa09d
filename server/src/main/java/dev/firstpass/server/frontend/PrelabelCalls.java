package dev.firstpass.server.frontend;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.OpenedAsset;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.Recalled;
import dev.firstpass.server.security.Callers;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The way of every door over HTTP, from a request for pre-labels to its answer: what is noted of it, whose it is, which
/// model it means, how much time it has, on which thread it runs, and that no answer is kept for a client that does not
/// read. A door adds how its protocol asks and how it is answered.
///
/// Immutable.
public final class PrelabelCalls {
    private final FrontendContext context;
    private final String api;
    private final RequestRules rules;

    /// @param api the door's name in metrics
    public PrelabelCalls(FrontendContext context, String api) {
        this.context = context;
        this.api = api;
        this.rules = new RequestRules(context);
    }

    public RequestRules rules() {
        return rules;
    }

    /// How a protocol asks for the pre-labels of one asset.
    ///
    /// Stateless.
    @FunctionalInterface
    public interface Reader {
        /// On a virtual thread, or on an event loop where the request is quick.
        ///
        /// @throws dev.firstpass.server.failure.FailureException or another that `failure.Failures` knows, if it asks for
        ///     nothing that can be given
        Asked read(ServiceRequestContext request, AggregatedHttpRequest whole);

        /// Whether an event loop may read the request and look for an answer that is at hand: where that costs no more than
        /// a digest of few bytes.
        default boolean isQuick(AggregatedHttpRequest whole) {
            return false;
        }
    }

    /// What a request asks for, and how the answer is written.
    ///
    /// Immutable.
    public record Asked(PrelabelRequest request, Writer writer) {}

    /// How a protocol answers.
    @FunctionalInterface
    public interface Writer {
        AggregatedHttpResponse write(PrelabelAnswer answer);
    }

    /// Adds a route that takes images, and so the largest bodies.
    public void post(Routes.Bound routes, String path, HttpService service) {
        routes.route()
                .post(path)
                .maxRequestLength(context.limits().maxBodyBytes())
                .build(service);
    }

    /// A service that answers with the pre-labels of one asset.
    public HttpService answering(Reader reader) {
        return new WholeBodyService((request, whole) -> answer(request, whole, reader));
    }

    /// A service that may ask for several, or for none, by [#prelabel], and sends by [#send]. On a virtual thread.
    public HttpService blocking(BlockingService.Handler handler) {
        return new WholeBodyService((request, whole) -> {
            begin(request, whole);
            return context.threads().run(request, () -> handler.handle(request, whole));
        });
    }

    private CompletableFuture<HttpResponse> answer(
            ServiceRequestContext request, AggregatedHttpRequest whole, Reader reader) {
        begin(request, whole);
        if (!reader.isQuick(whole)) {
            return context.threads().run(request, () -> walk(request, reader.read(request, whole)));
        }
        Asked asked = reader.read(request, whole);
        PrelabelRequest heard = asked.request().with(RequestNotes.of(request).stages());
        return switch (context.backend().prelabeler().recall(heard)) {
            case Recalled.Known(PrelabelAnswer known) -> {
                note(request, known);
                yield CompletableFuture.completedFuture(
                        send(request, asked.writer().write(known)));
            }
            case Recalled.Nothing(PrelabelRequest same) ->
                context.threads().run(request, () -> walk(request, new Asked(same, asked.writer())));
        };
    }

    private void begin(ServiceRequestContext request, AggregatedHttpRequest whole) {
        RequestNotes.of(request).api(api);
        context.unread().requireReading(request);
        Decompression.requireNone(whole);
    }

    private HttpResponse walk(ServiceRequestContext request, Asked asked) {
        return send(request, asked.writer().write(prelabel(request, asked.request())));
    }

    /// The model that a request means; what is refused later is booked to it.
    ///
    /// @throws dev.firstpass.registry.RegistryException if there is no such model, version or alias
    public ModelDescription model(ServiceRequestContext request, ModelRef ref) {
        ModelDescription model = context.backend().models().model(ref);
        RequestNotes.of(request).model(model.label());
        return model;
    }

    /// What a tool's one name for all that it asks for means.
    ///
    /// @throws dev.firstpass.registry.RegistryException if it is no reference, or there is no such project
    public ServedRef ref(ServiceRequestContext request, String text) {
        return ServedRef.parse(
                Callers.tenant(request), text, context.backend().registry().projects());
    }

    /// The model that a request means, as it answers by the project that it names with it.
    ///
    /// @throws dev.firstpass.registry.RegistryException if there is no such model, version or alias
    public ModelDescription model(ServiceRequestContext request, ServedRef ref) {
        return ref.seen(model(request, ref.model()));
    }

    /// A request with what holds where a protocol does not say otherwise: the usual time, which begins when the request's
    /// head came, somebody who waits for it, and its id.
    ///
    /// @param written the label format that the answer is written in; empty where the door reads what was found
    public PrelabelRequest request(
            ServiceRequestContext request,
            ModelRef ref,
            AssetRef asset,
            Prompt prompt,
            LabelingSpec labeling,
            Optional<FormatChoice> written) {
        return new PrelabelRequest(
                ref,
                asset,
                Optional.empty(),
                prompt,
                labeling,
                written,
                Priority.INTERACTIVE,
                RequestTime.begin(request, rules.timeout()),
                CacheUse.of(request.request().headers().getAll("cache-control")),
                Callers.of(request),
                RequestNotes.of(request).requestId());
    }

    /// The same for a client that says how long it waits.
    public PrelabelRequest within(ServiceRequestContext request, PrelabelRequest asked, TimeLimit limit) {
        return new PrelabelRequest(
                asked.model(),
                asked.asset(),
                asked.assetId(),
                asked.prompt(),
                asked.labeling(),
                asked.written(),
                asked.priority(),
                RequestTime.begin(request, limit),
                asked.cache(),
                asked.caller(),
                asked.requestId());
    }

    /// The answer to one request, measured. Blocks.
    ///
    /// @throws RuntimeException as the pipeline throws
    public PrelabelAnswer prelabel(ServiceRequestContext request, PrelabelRequest asked) {
        PrelabelAnswer answer = context.backend()
                .prelabeler()
                .prelabel(asked.with(RequestNotes.of(request).stages()));
        note(request, answer);
        return answer;
    }

    /// Has an asset opened for prompts to come. Blocks.
    ///
    /// @throws RuntimeException as the pipeline throws
    public OpenedAsset open(ServiceRequestContext request, PrelabelRequest asked) {
        OpenedAsset opened = context.backend()
                .prelabeler()
                .open(asked.with(RequestNotes.of(request).stages()));
        RequestNotes.of(request)
                .model(ModelLabel.of(
                        opened.version().name().qualified(), opened.version().number()));
        return opened;
    }

    private void note(ServiceRequestContext request, PrelabelAnswer answer) {
        RequestNotes notes = RequestNotes.of(request);
        // A canary may have answered.
        ModelLabel label = ModelLabel.of(
                notes.model().name(), answer.prelabels().provenance().version());
        notes.model(label);
        context.backend().metrics().answered(label, answer, notes.sampledTrace());
    }

    /// The answer, if its client has room for it.
    ///
    /// @throws dev.firstpass.server.failure.FailureException OVERLOADED if it has not
    public HttpResponse send(ServiceRequestContext request, AggregatedHttpResponse answer) {
        context.unread().hold(request, answer.content().length());
        return answer.toHttpResponse();
    }
}
