package dev.firstpass.loadtest.gatling;

import static io.gatling.javaapi.core.CoreDsl.ByteArrayBody;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.regex;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.loadtest.drive.Photos;
import io.gatling.javaapi.core.ActionBuilder;
import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/// Pre-labels in open loop. Each virtual user is one request: all are there from the beginning, and each waits until its
/// moment of a Poisson process, which a seed fixes. What Gatling's own summary calls response time begins when a request
/// is sent; the report's latency begins when it was due.
///
/// Gatling makes it, once, by its name.
public final class PrelabelSimulation extends Simulation {
    private static final String INDEX = "index";
    private static final String DUE = "due";
    private static final String STATUS = "status";
    private static final String REASON = "reason";
    private static final int OK = 200;

    private final LoadPlan plan = LoadPlan.published();
    private final Schedule schedule = new Schedule(plan);
    private final Recorder recorder = new Recorder();
    private final AtomicInteger next = new AtomicInteger();
    private final Photos photos;

    public PrelabelSimulation() {
        try {
            photos = Photos.of(plan.photoFolder(), plan.run());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var users = scenario("pre-labels")
                .exec(exec(this::begin), pause(PrelabelSimulation::wait), door())
                .injectOpen(atOnceUsers(schedule.size()));
        setUp(users)
                .protocols(http.baseUrl(plan.target())
                        .shareConnections()
                        .disableWarmUp()
                        .disableCaching());
    }

    private Session begin(Session session) {
        int index = next.getAndIncrement();
        return session.set(INDEX, index).set(DUE, schedule.dueNanos(index, System.nanoTime()));
    }

    /// Whole milliseconds are what Gatling can wait.
    private static Duration wait(Session session) {
        long nanos = session.getLong(DUE) - System.nanoTime();
        return Duration.ofMillis(Math.max(0, Math.ceilDiv(nanos, 1_000_000L)));
    }

    private ChainBuilder door() {
        return plan.door().equals("grpc") ? exec(grpc()) : exec(overHttp(), exec(this::ended));
    }

    private HttpRequestActionBuilder overHttp() {
        HttpRequestActionBuilder request = http("prelabel over HTTP")
                .post("v1/models/" + plan.model() + "/prelabels")
                .queryParam("priority", session -> isBulk(session) ? "bulk" : "interactive")
                .header("content-type", "application/octet-stream")
                .header("cache-control", "no-cache")
                .body(ByteArrayBody(this::photo))
                .check(
                        status().saveAs(STATUS),
                        regex("^\\{\"type\".*\"reason\":\"([A-Z_]+)\"")
                                .optional()
                                .saveAs(REASON),
                        status().is(OK));
        return plan.timeoutMillis()
                .map(millis -> request.queryParam("timeout", millis + "ms"))
                .orElse(request);
    }

    private ActionBuilder grpc() {
        return new GrpcPrelabels(
                plan.target(),
                session -> new Ask(
                        plan.model(),
                        photo(session),
                        isBulk(session),
                        plan.timeoutMillis().map(Duration::ofMillis)),
                this::ended);
    }

    private byte[] photo(Session session) {
        int index = session.getInt(INDEX);
        return photos.photo(index, index);
    }

    private boolean isBulk(Session session) {
        return schedule.isBulk(session.getInt(INDEX));
    }

    private Session ended(Session session) {
        ended(session, why(session));
        return session;
    }

    private void ended(Session session, String reason) {
        int index = session.getInt(INDEX);
        if (schedule.counts(index)) {
            double millis = (System.nanoTime() - session.getLong(DUE)) / 1e6;
            recorder.add(new Recorder.Entry(schedule.seconds(index), schedule.isBulk(index), millis, reason));
        }
    }

    private static String why(Session session) {
        if (!session.isFailed()) {
            return "";
        }
        if (!session.contains(STATUS)) {
            return "no connection";
        }
        return Objects.requireNonNullElseGet(session.getString(REASON), () -> "HTTP " + session.getInt(STATUS));
    }

    @Override
    public void after() {
        try {
            LoadReport.of(plan, schedule, recorder).write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
