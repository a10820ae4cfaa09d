package dev.firstpass.server.frontend.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.Operation;
import dev.firstpass.server.frontend.Options;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.frontend.RolloutStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Long work as answers: what came of it if it ended in time, else the operation itself.
///
/// Pure functions, but for the waiting.
final class OperationAnswers {
    private static final String WAIT = "wait";
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private OperationAnswers() {}

    /// How long the caller wants to wait; empty: until it ends.
    static Optional<Duration> wait(QueryParams query) {
        Options options = Options.ofQuery(query, WAIT);
        if (options.text(WAIT).filter("0"::equals).isPresent()) {
            return Optional.of(Duration.ZERO);
        }
        Optional<Duration> wait = options.duration(WAIT);
        wait.filter(time -> time.isNegative() || time.compareTo(LONGEST_WAIT) > 0)
                .ifPresent(time -> {
                    throw RequestRules.invalid(
                            WAIT, "wait: " + time.toMillis() + "ms (expected: 0 to " + LONGEST_WAIT.toMinutes() + "m)");
                });
        return wait;
    }

    /// Waits on the calling thread, for which the request is given the time. Who does not want to wait gets the operation,
    /// even if it has ended.
    ///
    /// @throws dev.firstpass.server.failure.FailureException what the operation failed with
    static HttpResponse answer(ServiceRequestContext request, Operation operation, Optional<Duration> wait)
            throws InterruptedException {
        if (wait.filter(Duration::isZero).isPresent()) {
            return accepted(operation);
        }
        request.clearRequestTimeout();
        Optional<Operation.Result> result = operation.await(wait);
        return result.isPresent() ? ended(result.get()) : accepted(operation);
    }

    private static HttpResponse ended(Operation.Result result) {
        ResponseHeadersBuilder headers = switch (result) {
            case Operation.Result.Registered(var registered) ->
                headers(HttpStatus.CREATED).set("location", RegistryPaths.location(registered.version()));
            case Operation.Result.Moved moved -> headers(HttpStatus.OK).set("etag", "\"" + moved.version() + "\"");
            case Operation.Result.RolledOut _, Operation.Result.Retired _ -> headers(HttpStatus.OK);
        };
        return response(headers, result(result));
    }

    private static HttpResponse accepted(Operation operation) {
        return response(
                headers(HttpStatus.ACCEPTED).set("location", RegistryPaths.OPERATIONS + "/" + operation.id()),
                json(operation));
    }

    private static ResponseHeadersBuilder headers(HttpStatus status) {
        return ResponseHeaders.builder(status).contentType(MediaType.JSON).set("cache-control", "no-store");
    }

    private static HttpResponse response(ResponseHeadersBuilder headers, ObjectNode body) {
        return HttpResponse.of(headers.build(), HttpData.wrap(Json.bytes(body)));
    }

    /// An operation as it stands.
    static ObjectNode json(Operation operation) {
        ObjectNode json = Json.object()
                .put("id", operation.id())
                .put("kind", operation.kind().id())
                .put("target", operation.target());
        Operation.State state = operation.state();
        json.put("state", name(state)).put("beganAt", operation.beganAt().toString());
        Operation.Progress progress = operation.progress();
        if (!progress.step().isEmpty()) {
            json.putObject("progress")
                    .put("step", progress.step())
                    .put("done", progress.done())
                    .put("total", progress.total());
        }
        switch (state) {
            case Operation.State.Running _ -> {}
            case Operation.State.Done(Operation.Result result) -> json.set("result", result(result));
            case Operation.State.Failed(Failure failure) -> json.set("problem", Problems.body(failure, operation.id()));
        }
        return json;
    }

    private static String name(Operation.State state) {
        return switch (state) {
            case Operation.State.Running _ -> "RUNNING";
            case Operation.State.Done _ -> "DONE";
            case Operation.State.Failed _ -> "FAILED";
        };
    }

    private static ObjectNode result(Operation.Result result) {
        return switch (result) {
            case Operation.Result.Registered(var registered) -> RegistryJson.registered(registered);
            case Operation.Result.Moved(String alias, long version, List<String> behind) ->
                withBehind(Json.object().put("alias", alias).put("version", version), behind);
            case Operation.Result.RolledOut(RolloutStatus status, List<String> behind) ->
                withBehind(RolloutJson.of(status), behind);
            case Operation.Result.Retired(ModelVersion version, List<String> behind) ->
                withBehind(RegistryJson.summary(version), behind);
        };
    }

    /// Names the servers that may not know of a change yet, if there are any.
    static ObjectNode withBehind(ObjectNode json, List<String> behind) {
        if (!behind.isEmpty()) {
            json.set("behind", Json.tree(behind));
        }
        return json;
    }
}
