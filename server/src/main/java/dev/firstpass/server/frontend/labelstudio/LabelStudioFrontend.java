package dev.firstpass.server.frontend.labelstudio;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.postprocess.format.LabelStudioConfig;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.BlockingService;
import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.PrelabelCalls;
import dev.firstpass.server.frontend.RequestNotes;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RequestTime;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.ServedRef;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.security.Callers;
import dev.firstpass.server.security.CredentialWay;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/label-studio/{ref}`: a machine learning backend for Label Studio, whose `ref` is a model, with a project of this server or
/// without: `coco`, `coco@3+fields`.
///
/// Each request brings the labeling configuration, so nothing is kept of a project of Label Studio. `/health` and
/// `/setup` load no model, since Label Studio waits 1 and 3 seconds for them.
///
/// Immutable.
public final class LabelStudioFrontend implements Frontend {
    static final String ROOT = "/label-studio";

    /// Of all tasks of a request together, but for those under way.
    private static final long MOST_ANSWER_BYTES = 64 << 20;

    private static final Failure TOO_MUCH =
            Failure.of(Reason.OVERLOADED, "the other tasks' predictions are all that one answer holds");

    private static final Logger LOG = LoggerFactory.getLogger(LabelStudioFrontend.class);
    private static final String API = "label-studio";
    private static final String FORMAT = "label-studio";

    /// Label Studio waits 100 s. The tasks of a request end a little sooner, so that those that are done are answered.
    private static final Duration PREDICT = Duration.ofSeconds(95);

    private static final double SHARE_OF_TASKS = 0.95;

    /// Label Studio waits 3 s.
    private static final Duration SETUP = Duration.ofMillis(2500);

    @Override
    public void addTo(Routes routes, FrontendContext context) {
        Routes.Bound prelabel = routes.carrying(CredentialWay.BASIC).needing(Scope.PRELABEL);
        Door door = new Door(context, new PrelabelCalls(context, API));
        routes.open().get(ROOT + "/{ref}", (_, _) -> door.health());
        routes.open().get(ROOT + "/{ref}/health", (_, _) -> door.health());
        prelabel.get(ROOT + "/{ref}/versions", door.calls.blocking(door::versions));
        door.post(prelabel, "setup", door::setup);
        door.post(prelabel, "predict", door::predict);
        door.post(prelabel, "webhook", door::acknowledge);
        door.post(prelabel, "train", door::acknowledge);
    }

    private record Door(FrontendContext context, PrelabelCalls calls) {
        void post(Routes.Bound prelabel, String verb, BlockingService.Handler handler) {
            calls.post(prelabel, ROOT + "/{ref}/" + verb, calls.blocking(handler));
        }

        HttpResponse health() {
            if (!context.readiness().isReady()) {
                throw Failure.of(Reason.DRAINING, "the server does not take requests")
                        .asException();
            }
            return Json.response(
                    HttpStatus.OK, Json.object().put("status", "UP").put("model_class", "Firstpass"));
        }

        /// What was done with its answers is told of each annotation; models do not learn from it here.
        HttpResponse acknowledge(ServiceRequestContext request, AggregatedHttpRequest whole) {
            return Json.response(
                    HttpStatus.OK,
                    Json.object().put("status", "ignored").put("detail", "models are not trained by this server"));
        }

        HttpResponse versions(ServiceRequestContext request, AggregatedHttpRequest whole) {
            ServedRef ref = ref(request);
            ModelDescription model = calls.model(request, ref.model());
            ObjectNode body = Json.object();
            ArrayNode versions = body.putArray("versions");
            switch (ref.model()) {
                case ModelRef.Numbered(var _, long number) -> versions.add(ref.versionString(model, number));
                case ModelRef.Aliased _ ->
                    model.versions().reversed().forEach(number -> versions.add(ref.versionString(model, number)));
            }
            return Json.response(HttpStatus.OK, body);
        }

        /// Says what fits and what does not. Label Studio shows no more than the status of a refusal, so the log has it.
        HttpResponse setup(ServiceRequestContext request, AggregatedHttpRequest whole) {
            var _ = RequestTime.begin(request, new TimeLimit(SETUP, true));
            ServedRef ref = ref(request);
            ModelDescription model = calls.model(request, ref.model());
            PredictBody body = PredictBody.read(whole.content().array());
            Fit fit;
            try {
                fit = Fit.of(config("schema", body), model, ref.project(), Optional.empty());
            } catch (FailureException e) {
                LOG.warn(
                        "Label Studio's project does not fit {}: {}",
                        model.owner().qualify(model.name()),
                        e.failure().detail());
                throw e;
            }
            if (!fit.missing().isEmpty()) {
                LOG.info(
                        "Label Studio's project has no labels for {} of {}",
                        fit.missing(),
                        model.owner().qualify(model.name()));
            }
            ObjectNode answer = Json.object();
            answer.put("model_version", ref.versionString(model, model.version()));
            ObjectNode told = answer.putObject("fit");
            told.put("control", fit.control().name());
            told.put("type", fit.control().kind().type());
            told.put("geometry", fit.geometry().id());
            fit.missing().forEach(told.putArray("missing")::add);
            fit.unused().forEach(told.putArray("unused")::add);
            return Json.response(HttpStatus.OK, answer);
        }

        HttpResponse predict(ServiceRequestContext request, AggregatedHttpRequest whole) throws InterruptedException {
            TimeLimit limit = new TimeLimit(shorter(PREDICT, context.limits().maxTimeout()), true);
            Deadline deadline = RequestTime.begin(request, limit)
                    .sooner(new TimeLimit(
                            Duration.ofNanos(
                                    (long) (SHARE_OF_TASKS * limit.duration().toNanos())),
                            true));
            ServedRef ref = ref(request);
            ModelDescription model = calls.model(request, ref.model());
            PredictBody body = PredictBody.read(whole.content().array());
            if (!body.gestures().isEmpty() && body.tasks().size() != 1) {
                throw RequestRules.invalid(
                        "tasks", "tasks: " + body.tasks().size() + " (expected: one, since there is a context)");
            }
            LabelStudioConfig config = config("label_config", body);
            if (model.takesPrompt() && body.gestures().isEmpty()) {
                return sent(
                        request,
                        body.tasks().stream()
                                .map(task -> unasked(task, ref, model))
                                .toList());
            }
            Optional<StudioPrompt> pointed = Optional.of(body.gestures())
                    .filter(gestures -> !gestures.isEmpty())
                    .map(gestures -> StudioPrompt.of(gestures, calls.rules()));
            Fit fit = Fit.of(config, model, ref.project(), pointed.flatMap(StudioPrompt::label));
            Asking asking = new Asking(
                    this, request, whole, ref, fit, pointed.map(StudioPrompt::prompt), deadline, new AtomicLong());
            List<StudioTask> tasks = body.tasks();
            return tasks.size() == 1
                    ? sent(request, List.of(asking.one(tasks.getFirst(), Priority.INTERACTIVE)))
                    : sent(request, several(asking, tasks));
        }

        /// Those that fail are left out, unless all of them do.
        private List<Predicted> several(Asking asking, List<StudioTask> tasks) throws InterruptedException {
            List<Predicted> all = SideBySide.all(
                    context.threads(),
                    tasks.size(),
                    context.limits().streamConcurrency(),
                    piece -> asking.oneOrNone(tasks.get(piece)));
            List<Failure> failures = all.stream()
                    .flatMap(one -> switch (one) {
                        case Predicted.Missing(Failure failure) -> Optional.of(failure).stream();
                        case Predicted.Prediction _ -> Optional.<Failure>empty().stream();
                    })
                    .toList();
            if (!failures.isEmpty() && failures.size() == all.size()) {
                throw failures.getFirst().asException();
            }
            return all;
        }

        /// Nothing is found where nobody points at something, so there is no prediction to keep; a page that was just
        /// opened for smart tools wants a result nevertheless.
        private static Predicted unasked(StudioTask task, ServedRef ref, ModelDescription model) {
            if (!task.isOpen()) {
                return new Predicted.Missing(Failure.ofField(
                        Reason.ARGUMENT_INVALID,
                        "params.context",
                        "params.context: nothing (expected: what " + model.name()
                                + " is to find, drawn with a smart tool)"));
            }
            ObjectNode nothing = Json.object();
            nothing.put("model_version", ref.versionString(model, model.version()));
            nothing.putArray("result");
            return new Predicted.Prediction(Json.bytes(nothing));
        }

        private HttpResponse sent(ServiceRequestContext request, List<Predicted> all) {
            return calls.send(
                    request,
                    AggregatedHttpResponse.of(
                            ResponseHeaders.builder(HttpStatus.OK)
                                    .contentType(MediaType.JSON)
                                    .set("cache-control", "no-store")
                                    .build(),
                            HttpData.wrap(Predicted.together(all))));
        }

        private ServedRef ref(ServiceRequestContext request) {
            return calls.ref(request, PathParams.get(request, "ref"));
        }

        private static LabelStudioConfig config(String field, PredictBody body) {
            String xml = body.labelConfig()
                    .orElseThrow(
                            () -> RequestRules.invalid(field, field + ": nothing (expected: the labeling config)"));
            try {
                return LabelStudioConfig.read(xml);
            } catch (IllegalArgumentException e) {
                throw RequestRules.invalid(field, field + ": " + e.getMessage());
            }
        }

        private static Duration shorter(Duration one, Duration other) {
            return one.compareTo(other) < 0 ? one : other;
        }
    }

    /// What all tasks of a request have in common.
    private record Asking(
            Door door,
            ServiceRequestContext request,
            AggregatedHttpRequest whole,
            ServedRef ref,
            Fit fit,
            Optional<Prompt> prompt,
            Deadline deadline,
            AtomicLong bytes) {
        /// What is more than an answer may be is left for another request.
        Predicted oneOrNone(StudioTask task) {
            try {
                if (bytes.get() > MOST_ANSWER_BYTES) {
                    return new Predicted.Missing(TOO_MUCH);
                }
                Predicted one = one(task, Priority.BULK);
                if (one instanceof Predicted.Prediction(byte[] json)) {
                    bytes.addAndGet(json.length);
                }
                return one;
            } catch (RuntimeException e) {
                Failure failure = Failures.of(e);
                if (Failures.isFault(failure)) {
                    LOG.error("request {}, task {}: {}", requestId(), task.id(), failure.reason(), e);
                }
                return new Predicted.Missing(failure);
            }
        }

        Predicted one(StudioTask task, Priority priority) {
            PrelabelAnswer answer = door.calls.prelabel(request, asked(task, priority));
            return Predicted.of(
                    answer.body(),
                    prompt.map(pointed -> fit.mapping().values() + " " + pointed)
                            .orElse(""));
        }

        private PrelabelRequest asked(StudioTask task, Priority priority) {
            String location = Optional.ofNullable(task.data().get(fit.dataKey()))
                    .orElseThrow(() -> RequestRules.invalid(
                            "tasks.data", "tasks.data: no text named " + fit.dataKey() + ", which the Image shows"));
            RequestRules.Wanted wanted = door.calls
                    .rules()
                    .wanted(
                            Callers.tenant(request),
                            ref.projectName(),
                            fit.wishes(),
                            Optional.of(FORMAT),
                            fit.options());
            return new PrelabelRequest(
                    ref.model(),
                    new AssetRef.OfTask(location, task.id()),
                    Optional.of(location).filter(Asking::isName),
                    prompt.orElseGet(Prompt.None::new),
                    wanted.labeling(),
                    Optional.of(wanted.format()),
                    priority,
                    deadline.ofPart(),
                    CacheUse.of(whole.headers().getAll("cache-control")),
                    Callers.of(request),
                    requestId());
        }

        private String requestId() {
            return RequestNotes.of(request).requestId();
        }

        /// Whether a location can be an asset's name; a long one, such as an image in itself, has its digest.
        private static boolean isName(String location) {
            return !location.startsWith("data:")
                    && !location.isBlank()
                    && location.length() <= 512
                    && location.chars().noneMatch(Character::isISOControl);
        }
    }
}
