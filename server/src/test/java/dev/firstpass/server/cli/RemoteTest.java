package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.cli.PrelabelAccess.Answer;
import dev.firstpass.server.cli.PrelabelAccess.Job;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.ledger.PredictionQuery;
import dev.firstpass.server.ledger.RecordedPrediction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The client side of the HTTP interface, against a server that answers from a list.
final class RemoteTest {
    private static final String FIRSTPASS = """
            {"prediction": "p1", "model": {"name": "coco", "version": 3, "digest": "sha256:11"}, "project": "fields@2",
             "asset": {"id": "a.jpg", "width": 4, "height": 2, "digest": "sha256:00"},
             "annotations": [
               {"index": 41, "type": "box", "label": "dog", "score": 0.9, "box": {"x": 1, "y": 0.5, "width": 2, "height": 1}},
               {"type": "polygon", "label": "cat", "score": 0.8,
                "polygon": {"parts": [[[[0,0],[4,0],[4,2],[0,2]], [[1,1],[2,1],[2,1.5]]]]}},
               {"type": "mask", "label": "road", "score": 0.7, "mask": {"size": [2, 4], "counts": "044"}},
               {"type": "rotated-box", "label": "ship", "score": 0.7,
                "rotatedBox": {"cx": 1, "cy": 1, "width": 2, "height": 1, "angle": 30}},
               {"type": "polyline", "label": "edge", "score": 0.7, "polyline": {"points": [[0,0],[1,1]]}},
               {"type": "keypoints", "label": "person", "score": 0.9,
                "keypoints": [{"name": "nose", "x": 1, "y": 2, "visibility": "visible", "score": 0.9}]},
               {"type": "classification", "label": "outdoor", "score": 0.9, "attributes": {"text": "hi"}}],
             "dropped": [{"reason": "BELOW_THRESHOLD", "count": 12}]}
            """;

    /// What the server was asked, `METHOD path?query`, and with which body.
    private final List<String> requests = new ArrayList<>();

    private final List<byte[]> bodies = new ArrayList<>();
    private static final String PREDICTION =
            "{'sequence': 7, 'prediction': '019ac0de-7d1f-7a02-8f5e-3b1c2d4e5f60', 'at': '2026-11-26T12:00:00Z',"
                    + " 'tenant': 'local', 'model': {'name': 'weeds', 'version': 3, 'digest': 'sha256:bb'}, 'arm':"
                    + " 'canary', 'asset': {'id': 'a.jpg', 'digest': 'sha256:aa'}, 'spec': 'crops@2', 'labels':"
                    + " {'count': 12, 'digest': 'sha256:cc'}, 'millis': 34.567}";

    private final Deque<Reply> replies = new ArrayDeque<>();
    private HttpServer server = start();

    private record Reply(int status, Map<String, String> headers, String body) {}

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void listen() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void prelabel_everyOption_isInTheQuery() {
        replies.add(new Reply(200, Map.of("Firstpass-Model", "coco@3"), "x"));
        LabelingWishes labeling = LabelingWishes.ofRequest(
                Optional.of(0.5),
                Set.of("traffic light", "dog"),
                OptionalInt.of(7),
                Optional.of(new GeometryWish.Of(GeometryKind.ROTATED_BOX)),
                Optional.of(1.5));
        Job job = new Job(
                ModelRef.parse("coco@3"),
                new byte[] {1, 2},
                "a b/ü.jpg",
                List.of("coco"),
                Map.of("k", "v,w"),
                labeling,
                false);

        Answer answer = prelabels().prelabel(job);

        assertEquals("coco@3", answer.model());
        assertEquals(
                List.of("POST /v1/models/coco%403/prelabels?format=coco&asset-id=a%20b%2F%C3%BC.jpg&priority=bulk"
                        + "&threshold=0.5&simplify=1.5&geometry=rotated-box&classes=dog%2Ctraffic%20light&max=7"
                        + "&format-options=%7B%22k%22%3A%22v%2Cw%22%7D"),
                requests);
        assertArrayEquals(new byte[] {1, 2}, bodies.getFirst());
    }

    @Test
    void prelabel_byAProject_namesItsVersionAndWhatOverridesIt() {
        replies.add(new Reply(200, Map.of(), """
                {"ref": "fields@2", "name": "fields", "version": 2, "digest": "sha256:11",
                 "createdAt": "2026-11-27T09:00:00Z", "versions": [1, 2], "spec": {"thresholds": {"dog": 0.6}, "max": 7}}"""));
        replies.add(new Reply(200, Map.of("Firstpass-Dropped", "BELOW_THRESHOLD=12, LABEL_UNMAPPED=3"), "x"));
        PrelabelAccess access = prelabels();
        Project project = access.project(ProjectRef.parse("fields"));
        Job job = new Job(
                ModelRef.parse("coco@3"),
                new byte[] {1},
                "a.jpg",
                List.of("coco"),
                Map.of(),
                LabelingWishes.ofRequest(
                        Optional.empty(),
                        Set.of(),
                        OptionalInt.empty(),
                        Optional.of(new GeometryWish.Native()),
                        Optional.empty()),
                Optional.of(project),
                false);

        Answer answer = access.prelabel(job);

        assertEquals(Map.of("BELOW_THRESHOLD", 12, "LABEL_UNMAPPED", 3), answer.dropped());
        assertEquals(
                List.of(
                        "GET /v1/projects/fields",
                        "POST /v1/models/coco%403/prelabels?format=coco&asset-id=a.jpg&priority=bulk&project=fields%402"
                                + "&geometry=native"),
                requests);
        assertEquals("fields@2", job.labeling().project());
        assertEquals(Map.of("dog", 0.6), job.labeling().thresholds());
        assertEquals(7, job.labeling().max());
    }

    @Test
    void projects_overHttp_areReadSetAndHeldAgainstAModel() {
        String fields = """
                {"ref": "fields@1", "name": "fields", "version": 1, "digest": "sha256:11",
                 "createdAt": "2026-11-27T09:00:00Z", "versions": [1], "spec": {"max": 7}, "behind": ["b"]}""";
        replies.add(new Reply(200, Map.of(), "{\"projects\": [" + fields + "]}"));
        replies.add(new Reply(200, Map.of(), fields));
        replies.add(new Reply(200, Map.of(), fields));
        replies.add(new Reply(200, Map.of(), """
                {"project": "fields@1", "model": "coco@3", "fits": false, "unmapped": ["cat"], "unknownClasses": ["cow"], "unknownLabels": [], "unusedLabels": []}"""));
        try (RegistryAccess registry = new RemoteRegistry(Endpoint.of(url()))) {
            assertEquals("fields@1", registry.projects().getFirst().ref());
            assertEquals(
                    List.of(1L), registry.project(ProjectRef.parse("fields@1")).versions());
            assertEquals(
                    List.of("b"),
                    registry.setProject(new ProjectName("fields"), "max: 7".getBytes(StandardCharsets.UTF_8))
                            .behind());
            assertEquals(
                    List.of("cow"),
                    registry.validateProject(ProjectRef.parse("fields@1"), ModelRef.parse("coco@3"), List.of("Hund"))
                            .unknownClasses());
        }
        assertEquals(
                List.of(
                        "GET /v1/registry/projects",
                        "GET /v1/registry/projects/fields/versions/1",
                        "PUT /v1/registry/projects/fields",
                        "POST /v1/registry/projects/fields@1:validate"),
                requests);
        assertEquals(
                "{\"model\":\"coco@3\",\"labels\":[\"Hund\"]}", new String(bodies.getLast(), StandardCharsets.UTF_8));
    }

    @Test
    void prelabel_withPrelabelsWanted_readsEveryGeometry() {
        replies.add(new Reply(200, Map.of("Server-Timing", "decode;dur=3.5, total;dur=9"), FIRSTPASS));

        Answer answer = prelabels().prelabel(job("firstpass", true));

        assertEquals(Map.of("decode", 3.5, "total", 9.0), answer.millis());
        List<Annotation> annotations = answer.prelabels().orElseThrow().annotations();
        assertEquals(
                List.of(
                        GeometryKind.BOX,
                        GeometryKind.POLYGON,
                        GeometryKind.MASK,
                        GeometryKind.ROTATED_BOX,
                        GeometryKind.POLYLINE,
                        GeometryKind.KEYPOINTS,
                        GeometryKind.CLASSIFICATION),
                annotations.stream().map(Annotation::kind).toList());
        assertEquals(4, ((Annotation.Mask) annotations.get(2)).runs().area());
        assertEquals(
                1,
                ((Annotation.Polygon) annotations.get(1))
                        .parts()
                        .getFirst()
                        .holes()
                        .size());
        assertEquals("hi", annotations.getLast().candidate().attributes().get("text"));
        assertEquals(12, answer.prelabels().orElseThrow().dropped().getFirst().count());
        assertEquals(
                "coco@3+fields@2", answer.prelabels().orElseThrow().provenance().versionString());
    }

    @Test
    void prelabel_overloadedServer_isAskedAgain() {
        replies.add(problem(429, "OVERLOADED", Map.of("Retry-After", "0")));
        replies.add(problem(503, "MODEL_NOT_READY", Map.of("Retry-After", "0")));
        replies.add(new Reply(200, Map.of(), "x"));

        prelabels().prelabel(job("coco", false));

        assertEquals(3, requests.size());
    }

    @Test
    void prelabel_brokenPhoto_isNotAskedAgain() {
        replies.add(problem(422, "IMAGE_TRUNCATED", Map.of()));

        FailureException failure =
                assertThrows(FailureException.class, () -> prelabels().prelabel(job("coco", false)));

        assertEquals(Reason.IMAGE_TRUNCATED, failure.failure().reason());
        assertEquals("why", failure.failure().detail());
        assertEquals(1, requests.size());
    }

    @Test
    void anythingElse_thatAnswers_isNoFirstpassServer() {
        replies.add(new Reply(404, Map.of(), "<html>not here</html>"));

        CliException failure = assertThrows(CliException.class, () -> registry().list());

        assertTrue(String.valueOf(failure.getMessage()).contains("is no Firstpass server: status 404"));
    }

    @Test
    void nobody_listening_isSaid() {
        URI url = url();
        server.stop(0);
        try (RegistryAccess registry = new RemoteRegistry(Endpoint.of(url))) {
            CliException failure = assertThrows(CliException.class, registry::list);
            assertTrue(String.valueOf(failure.getMessage()).startsWith("no server answers at"));
        }
        server = start();
    }

    @Test
    void list_asksForTheVersionInProduction() {
        replies.add(
                json(
                        "{'models': [{'name': 'coco', 'aliases': {'production': 1}, 'versions': [{'version': 1}, {'version': 2}]}]}"));
        replies.add(json("{'state': 'AVAILABLE', 'replicas': [{'name': 'a-1234', 'residency': 'LOADING'}], 'manifest':"
                + " {'family': 'ssd', 'classes': ['a', 'b']}}"));

        var model = registry().list().getFirst();

        assertEquals(List.of(1L, 2L), model.versions());
        assertEquals(List.of("a", "b"), model.classes());
        assertEquals(List.of(new RegistryAccess.ReplicaState("a-1234", "LOADING")), model.replicas());
        assertEquals("GET /v1/registry/models/coco/versions/1", requests.getLast());
    }

    @Test
    void show_byAlias_findsItsNumber() {
        replies.add(json("{'aliases': {'production': 2, 'next': 3, 'also': 2}}"));
        replies.add(json("{'ref': 'coco@2', 'manifest': {'family': 'ssd'}}"));
        replies.add(json("{'verdict': 'PASSED'}"));

        var version = registry().show(ModelRef.parse("coco"));

        assertEquals("coco@2", version.ref());
        assertEquals(List.of("production", "also"), version.aliases());
        assertEquals(
                "PASSED", version.validation().orElseThrow().path("verdict").asText());
        assertEquals("GET /v1/registry/models/coco/versions/2", requests.get(1));
        assertEquals("GET /v1/registry/models/coco/versions/2/validation", requests.getLast());
    }

    @Test
    void model_ofAReference_isItsVersionAndWhatItAnswers() {
        replies.add(json("{'name': 'coco', 'version': 3, 'classes': ['cat', 'dog'], 'geometry': 'box',"
                + " 'thresholds': {'cat': 0.5, 'hound': 0.25}}"));

        var model = prelabels().model(ModelRef.parse("coco"));

        assertEquals(ModelRef.parse("coco@3"), model.version());
        assertEquals(List.of("cat", "dog"), model.classes());
        assertEquals(Optional.of(GeometryKind.BOX), model.geometry());
        assertEquals(Map.of("cat", 0.5, "hound", 0.25), model.thresholds());
        assertEquals("GET /v1/models/coco@production", requests.getLast().replace("%40", "@"));
    }

    @Test
    void register_ofAFolder_sendsATar() throws IOException {
        Files.writeString(folder.resolve("model.onnx"), "m");
        replies.add(json(
                "{'ref': 'coco@1', 'state': 'FAILED', 'origins': {'family': 'file'}, 'questions': {'input.color': 'which?'},"
                        + " 'failure': 'it does not run'}"));

        var registration = registry().register(new ModelName("coco"), folder, Optional.empty(), Progress.SILENT);

        assertEquals("coco@1", registration.ref());
        assertEquals(Map.of("family", "file"), registration.origins());
        assertEquals(Map.of("input.color", "which?"), registration.questions());
        assertEquals(Optional.of("it does not run"), registration.failure());
        assertEquals("ustar", new String(bodies.getFirst(), 257, 5, StandardCharsets.US_ASCII));
    }

    @Test
    void prune_saysWhetherItIsMeant_andReadsWhatWent() {
        replies.add(new Reply(
                200,
                Map.of(),
                "{\"dryRun\": false, \"versions\": [{\"ref\": \"coco@1\", \"version\": 1, \"digest\": \"sha256:1\","
                        + " \"state\": \"RETIRED\", \"bytes\": 42}]}"));

        try (RegistryAccess registry = registry()) {
            assertEquals(
                    List.of(new RegistryAccess.OldVersion("coco@1", "sha256:1", "RETIRED", 42)),
                    registry.prune(new ModelName("coco"), 3, false));
        }
        assertEquals(List.of("POST /v1/registry/models/coco:prune"), requests);
        assertEquals("{\"keep\": 3, \"dryRun\": false}", new String(bodies.getFirst(), StandardCharsets.UTF_8));
    }

    @Test
    void hold_byAlias_holdsItsVersionAndReadsHowItStands() {
        Reply model = new Reply(200, Map.of(), "{\"aliases\": {\"production\": 3}}");
        replies.add(model);
        replies.add(new Reply(
                200,
                Map.of(),
                "{\"holds\": [{\"ref\": \"coco@2\", \"version\": 2, \"reason\": \"x\"},"
                        + " {\"ref\": \"coco@3\", \"version\": 3, \"reason\": \"a \\\"trial\\\"\"}]}"));
        replies.add(model);
        replies.add(new Reply(200, Map.of(), "{\"holds\": []}"));

        try (RegistryAccess registry = registry()) {
            assertEquals(
                    new RegistryAccess.HeldVersion("coco@3", Optional.of("a \"trial\"")),
                    registry.hold(ModelRef.parse("coco"), "a \"trial\""));
            assertEquals(
                    new RegistryAccess.HeldVersion("coco@3", Optional.empty()),
                    registry.release(ModelRef.parse("coco@3")));
        }
        assertEquals(
                List.of(
                        "GET /v1/registry/models/coco",
                        "PUT /v1/registry/models/coco/holds/3",
                        "GET /v1/registry/models/coco",
                        "DELETE /v1/registry/models/coco/holds/3"),
                requests);
        assertEquals("{\"reason\":\"a \\\"trial\\\"\"}", new String(bodies.get(1), StandardCharsets.UTF_8));
    }

    @Test
    void moveAlias_withExpectation_sendsIfMatch() {
        replies.add(json("{'aliases': {'production': 1}}"));
        replies.add(problem(412, "PRECONDITION_FAILED", Map.of()));

        FailureException failure = assertThrows(
                FailureException.class,
                () -> registry().moveAlias(new ModelName("coco"), "production", 3, OptionalLong.of(2)));

        assertEquals(Reason.PRECONDITION_FAILED, failure.failure().reason());
        assertEquals("PUT /v1/registry/models/coco/aliases/production If-Match: \"2\"", requests.getLast());
    }

    @Test
    void predictions_areAskedForByVersionAndTime_andReadAsTheyWereWritten() {
        replies.add(json("{'recording': true, 'predictions': [" + PREDICTION + "]}"));
        replies.add(json(PREDICTION));
        replies.add(problem(404, "PREDICTION_NOT_FOUND", Map.of()));
        UUID id = UUID.fromString("019ac0de-7d1f-7a02-8f5e-3b1c2d4e5f60");
        Instant noon = Instant.parse("2026-11-26T12:00:00Z");
        RecordedPrediction expected = new RecordedPrediction(
                7,
                new Prediction(
                        id,
                        noon,
                        "local",
                        "a.jpg",
                        "sha256:aa",
                        "weeds",
                        3,
                        "sha256:bb",
                        Arm.CANARY,
                        "crops@2",
                        12,
                        "sha256:cc",
                        34_567_000));

        try (PredictionAccess ledger = new RemotePredictions(Endpoint.of(url()))) {
            assertEquals(
                    List.of(expected),
                    ledger.list(new PredictionQuery(
                            Optional.empty(), Optional.of("weeds"), OptionalLong.of(3), Optional.of(noon), 6, 10)));
            assertEquals(Optional.of(expected), ledger.find(id));
            assertEquals(Optional.empty(), ledger.find(id));
        }
        assertEquals(
                "GET /v1/registry/predictions?after=6&limit=10&model=weeds&version=3&since=2026-11-26T12%3A00%3A00Z",
                requests.getFirst());
        assertEquals("GET /v1/registry/predictions/" + id, requests.get(1));
    }

    private Job job(String format, boolean wantPrelabels) {
        return new Job(
                ModelRef.parse("coco"),
                new byte[] {1},
                "a.jpg",
                List.of(format),
                Map.of(),
                LabelingWishes.NONE,
                wantPrelabels);
    }

    @SuppressWarnings("resource") // idle connections end with the server
    private PrelabelAccess prelabels() {
        return new RemotePrelabels(Endpoint.of(url()));
    }

    @SuppressWarnings("resource")
    private RegistryAccess registry() {
        return new RemoteRegistry(Endpoint.of(url()));
    }

    private URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private static Reply json(String body) {
        return new Reply(200, Map.of("Content-Type", "application/json"), body.replace('\'', '"'));
    }

    private static Reply problem(int status, String reason, Map<String, String> headers) {
        return new Reply(status, headers, "{\"reason\": \"" + reason + "\", \"detail\": \"why\"}");
    }

    private HttpServer start() {
        try {
            HttpServer created = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            created.createContext("/", this::answer);
            return created;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String ifMatch = exchange.getRequestHeaders().getFirst("If-Match");
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI()
                + (ifMatch == null ? "" : " If-Match: " + ifMatch));
        bodies.add(exchange.getRequestBody().readAllBytes());
        Reply reply = replies.remove();
        reply.headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        byte[] body = reply.body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(reply.status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
