package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Descriptors;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceConfig;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.manifest.ProjectDocument;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.e2e.SizedModel;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.security.Access;
import dev.firstpass.server.security.Gate;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Every route of both listeners and every gRPC method of a whole server, asked by one tenant for what another one has: the
/// answer is that for what nobody has. A route that is not in the tables here fails the test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TenantMatrixTest {
    /// Everybody's, and of no tenant: what is shown there says whose it is.
    private static final Set<String> SESSIONS = Set.of("/login", "/logout");

    private static final Tenant ACME = new Tenant("acmeq");
    private static final Tenant BETA = new Tenant("betaq");
    private static final Pattern PARAMETER = Pattern.compile("/:([a-z]+)|\\(\\?<([a-z]+)>[^)]*\\)");

    private static final String JSON = "application/json";
    private static final String JPEG = "image/jpeg";

    /// Of methods that name nothing of another's, and would make something or not end.
    private static final String MAKES = "";

    /// Bodies of requests whose paths or bodies name something, and types of these. `$MODEL` and the like stand for ids.
    private static final Map<String, Body> BODIES = Map.ofEntries(
            // --- the data listener
            Map.entry("POST /v1/models/:ref/prelabels", new Body(JPEG, "no image")),
            Map.entry("POST /v1/models/:ref/assets", new Body(JPEG, "no image")),
            Map.entry("POST /api/function_invocations", new Body(JSON, "{\"image\": \"$IMAGE\"}")),
            Map.entry(
                    "POST /label-studio/:ref/predict",
                    new Body(
                            JSON,
                            "{\"tasks\": [{\"id\": 1, \"data\": {\"image\": \"data:image/jpeg;base64,$IMAGE\"}}],"
                                    + " \"label_config\": \"$CONFIG\"}")),
            Map.entry("POST /label-studio/:ref/setup", new Body(JSON, "{\"project\": \"1\", \"schema\": \"$CONFIG\"}")),
            Map.entry("POST /label-studio/:ref/train", new Body(JSON, "{}")),
            Map.entry("POST /label-studio/:ref/webhook", new Body(JSON, "{}")),
            Map.entry("POST /roboflow/:model/:version", new Body("text/plain", "$IMAGE")),
            Map.entry("POST /roboflow/infer/classification", roboflow()),
            Map.entry("POST /roboflow/infer/instance_segmentation", roboflow()),
            Map.entry("POST /roboflow/infer/keypoints_detection", roboflow()),
            Map.entry("POST /roboflow/infer/object_detection", roboflow()),
            Map.entry("POST /roboflow/model/add", new Body(JSON, "{\"model_id\": \"$MODEL\"}")),
            Map.entry(
                    "POST /x-anylabeling/v1/predict",
                    new Body(
                            JSON,
                            "{\"model\": \"$MODEL\", \"image\": \"data:image/jpeg;base64,$IMAGE\", \"params\": {}}")),
            Map.entry("POST /v2/models/:name/infer", tensors()),
            Map.entry("POST /v2/models/:name/versions/:version/infer", tensors()),
            Map.entry("POST /v2/repository/index", new Body(JSON, "{}")),
            Map.entry("POST /v2/repository/models/:name/load", new Body(JSON, "{}")),
            Map.entry("POST /v2/repository/models/:name/unload", new Body(JSON, "{}")),
            Map.entry("POST /v2/models/:name/trace/setting", Body.NONE),
            Map.entry("POST /v2/trace/setting", Body.NONE),
            Map.entry("POST /v2/logging", Body.NONE),
            Map.entry("POST /v2/cudasharedmemory/region/:name/register", Body.NONE),
            Map.entry("POST /v2/cudasharedmemory/region/:name/unregister", Body.NONE),
            Map.entry("POST /v2/cudasharedmemory/unregister", Body.NONE),
            Map.entry("POST /v2/systemsharedmemory/region/:name/register", Body.NONE),
            Map.entry("POST /v2/systemsharedmemory/region/:name/unregister", Body.NONE),
            Map.entry("POST /v2/systemsharedmemory/unregister", Body.NONE),
            Map.entry("POST /tfs/v1/models/:name:predict", new Body(JSON, "{\"instances\": [1]}")),
            Map.entry("POST /tfs/v1/models/:name/versions/:version:predict", new Body(JSON, "{\"instances\": [1]}")),
            Map.entry("POST /tfs/v1/models/:name/labels/:label:predict", new Body(JSON, "{\"instances\": [1]}")),
            Map.entry("POST /tfs/v1/models/:name:classify", new Body(JSON, "{}")),
            Map.entry("POST /tfs/v1/models/:name/versions/:version:classify", new Body(JSON, "{}")),
            Map.entry("POST /tfs/v1/models/:name/labels/:label:classify", new Body(JSON, "{}")),
            Map.entry("POST /tfs/v1/models/:name:regress", new Body(JSON, "{}")),
            Map.entry("POST /tfs/v1/models/:name/versions/:version:regress", new Body(JSON, "{}")),
            Map.entry("POST /tfs/v1/models/:name/labels/:label:regress", new Body(JSON, "{}")),
            // --- the management listener
            Map.entry("POST /v1/registry/models/:name/versions", new Body(JSON, "{\"upload\": \"$UPLOAD\"}")),
            Map.entry("POST /v1/registry/models/:name/aliases/:alias:rollback", Body.NONE),
            Map.entry("POST /v1/registry/models/:name/versions/:number:retire", Body.NONE),
            Map.entry("POST /v1/registry/models/:name/versions/:number:validate", Body.NONE),
            Map.entry("POST /v1/registry/models/:name:prune", new Body(JSON, "{\"keep\": 0, \"dryRun\": false}")),
            Map.entry("POST /v1/registry/projects/:name:validate", new Body(JSON, "{\"model\": \"$MODEL\"}")),
            Map.entry("PUT /v1/registry/models/:name/aliases/:alias", new Body(JSON, "{\"version\": 2}")),
            Map.entry("PUT /v1/registry/models/:name/holds/:number", new Body(JSON, "{\"reason\": \"mine\"}")),
            Map.entry(
                    "PUT /v1/registry/models/:name/rollouts/:alias",
                    new Body(JSON, "{\"canary\": 2, \"percent\": 50}")),
            Map.entry("PATCH /v1/registry/uploads/:id", new Body("application/octet-stream", "more")));

    /// Routes that make something of the caller's own under a name of its own choice, and so say nothing of others'.
    private static final Set<String> MAKING =
            Set.of("POST /v1/registry/uploads", "POST /v1/tokens", "PUT /v1/registry/projects/:name");

    /// What is not looked up by an id that somebody has, or is not served to anybody.
    private static final Set<String> NOT_OF_TENANTS = Set.of(
            "/label-studio/:ref",
            "/label-studio/:ref/health",
            "/label-studio/:ref/train",
            "/label-studio/:ref/webhook",
            "/samples/:name",
            // Of a model that is not there nothing is held.
            "/v1/registry/models/:name/holds",
            "/v2/models/:name/trace/setting",
            "/v2/cudasharedmemory/region/:name/status",
            "/v2/cudasharedmemory/region/:name/register",
            "/v2/cudasharedmemory/region/:name/unregister",
            "/v2/systemsharedmemory/region/:name/status",
            "/v2/systemsharedmemory/region/:name/register",
            "/v2/systemsharedmemory/region/:name/unregister");

    /// Messages of every gRPC method, as JSON.
    private static final Map<String, String> MESSAGES = Map.ofEntries(
            Map.entry("firstpass.v1.Prelabels/Prelabel", "{\"model\": \"$MODEL\", \"image\": \"$IMAGE\"}"),
            Map.entry(
                    "firstpass.v1.Prelabels/PrelabelStream",
                    "{\"id\": \"1\", \"request\": {\"model\": \"$MODEL\", \"image\": \"$IMAGE\"}}"),
            Map.entry("firstpass.v1.Registry/ListModels", "{}"),
            Map.entry("firstpass.v1.Registry/GetModel", "{\"model\": \"$MODEL\"}"),
            Map.entry("firstpass.v1.Registry/ListVersions", "{\"model\": \"$MODEL\"}"),
            Map.entry("firstpass.v1.Registry/GetVersion", "{\"model\": \"$MODEL\", \"version\": 1}"),
            Map.entry(
                    "firstpass.v1.Registry/RegisterVersion",
                    "{\"begin\": {\"model\": \"$MODEL\", \"upload\": \"$UPLOAD\"}}"),
            Map.entry(
                    "firstpass.v1.Registry/MoveAlias",
                    "{\"model\": \"$MODEL\", \"alias\": \"production\", \"version\": 2}"),
            Map.entry("firstpass.v1.Registry/RollBack", "{\"model\": \"$MODEL\", \"alias\": \"production\"}"),
            Map.entry("firstpass.v1.Registry/RetireVersion", "{\"model\": \"$MODEL\", \"version\": 2}"),
            Map.entry("firstpass.v1.Registry/GetRollout", "{\"model\": \"$MODEL\", \"alias\": \"production\"}"),
            Map.entry(
                    "firstpass.v1.Registry/SetRollout",
                    "{\"model\": \"$MODEL\", \"alias\": \"production\", \"canary\": 2, \"percent\": 10}"),
            Map.entry("firstpass.v1.Registry/EndRollout", "{\"model\": \"$MODEL\", \"alias\": \"production\"}"),
            Map.entry("firstpass.v1.Registry/ListProjects", "{}"),
            Map.entry("firstpass.v1.Registry/GetProject", "{\"project\": \"$PROJECT\"}"),
            Map.entry("firstpass.v1.Registry/SetProject", MAKES),
            Map.entry("firstpass.v1.Registry/ValidateProject", "{\"project\": \"$PROJECT\", \"model\": \"$MODEL\"}"),
            Map.entry("firstpass.v1.Registry/ListAudit", "{}"),
            Map.entry("firstpass.v1.Registry/GetOperation", "{\"id\": \"$OPERATION\"}"),
            Map.entry("firstpass.v1.Registry/ListOperations", "{}"),
            Map.entry("inference.GRPCInferenceService/ModelConfig", "{\"name\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/ModelInfer", "{\"modelName\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/ModelStreamInfer", "{\"modelName\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/ModelMetadata", "{\"name\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/ModelReady", "{\"name\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/ModelStatistics", "{\"name\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/RepositoryIndex", "{}"),
            Map.entry("inference.GRPCInferenceService/RepositoryModelLoad", "{\"modelName\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/RepositoryModelUnload", "{\"modelName\": \"$MODEL\"}"),
            Map.entry("inference.GRPCInferenceService/ServerMetadata", "{}"),
            Map.entry("inference.GRPCInferenceService/ServerLive", "{}"),
            Map.entry("inference.GRPCInferenceService/ServerReady", "{}"),
            Map.entry("tensorflow.serving.ModelService/GetModelStatus", "{\"modelSpec\": {\"name\": \"$MODEL\"}}"),
            Map.entry("tensorflow.serving.ModelService/HandleReloadConfigRequest", "{}"),
            Map.entry("tensorflow.serving.PredictionService/Predict", "{\"modelSpec\": {\"name\": \"$MODEL\"}}"),
            Map.entry(
                    "tensorflow.serving.PredictionService/GetModelMetadata",
                    "{\"modelSpec\": {\"name\": \"$MODEL\"}, \"metadataField\": [\"signature_def\"]}"),
            Map.entry("tensorflow.serving.PredictionService/Classify", "{}"),
            Map.entry("tensorflow.serving.PredictionService/Regress", "{}"),
            Map.entry("tensorflow.serving.PredictionService/MultiInference", "{}"),
            Map.entry("grpc.health.v1.Health/Check", "{}"),
            Map.entry("grpc.health.v1.Health/Watch", MAKES),
            Map.entry("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "{\"listServices\": \"\"}"));

    /// Of both tenants' requests, whatever the path: further ways to name something.
    private static final List<String> FURTHER = List.of(
            "POST /v1/models/own/prelabels?project=$PROJECT",
            "GET /v1/registry/predictions?model=$MODEL",
            "GET /v1/models/$MODEL@1",
            "GET /v1/models/$MODEL@production",
            "GET /v1/projects/$PROJECT@1",
            "GET /label-studio/$MODEL+$PROJECT/versions",
            "GET /label-studio/own+$PROJECT/versions",
            "GET /v2/models/$MODEL.prelabels",
            "GET /v2/models/$MODEL.main",
            "GET /v2/models/$MODEL.prelabels/stats",
            "DELETE /v1/tokens/$TOKEN?tenant=betaq");

    private record Body(String type, String text) {
        static final Body NONE = new Body("", "");
    }

    private static Body roboflow() {
        return new Body(JSON, "{\"model_id\": \"$MODEL\", \"image\": {\"type\": \"base64\", \"value\": \"$IMAGE\"}}");
    }

    private static Body tensors() {
        return new Body(
                JSON, "{\"inputs\": [{\"name\": \"image\", \"shape\": [1], \"datatype\": \"UINT8\", \"data\": [1]}]}");
    }

    @TempDir
    static Path folder;

    private FirstpassServer server;
    private final Map<String, String> acmes = new LinkedHashMap<>();
    private final Map<String, String> nobodys = Map.of(
            "MODEL", "absentq",
            "PROJECT", "nosuchlabelsq",
            "TOKEN", "noonetok",
            "UPLOAD", "00000000-0000-4000-8000-000000000001",
            "OPERATION", "00000000-0000-4000-8000-000000000002",
            "PREDICTION", "00000000-0000-4000-8000-000000000003");
    private byte[] photo = {};
    private String acme = "";
    private String beta = "";
    private String digest = "";

    @BeforeAll
    void start() throws Exception {
        ServerSettings settings = ServerSettings.fromEnvironment(Map.of(
                "FIRSTPASS_PORT", "0",
                "FIRSTPASS_ADMIN_PORT", "0",
                "FIRSTPASS_ISOLATION", "in-process",
                "FIRSTPASS_SECURITY_AUTHENTICATION", "tokens",
                "FIRSTPASS_SHARED", "common"));
        server = FirstpassServer.start(folder.resolve("data"), settings.listening(), settings.runtime());
        acme = token(ACME, "acmesttk");
        beta = token(BETA, "betatok");
        register(new ModelName(ACME, "secretq"), 1);
        register(new ModelName(ACME, "secretq"), 2);
        register(new ModelName(BETA, "own"), 3);
        register(new ModelName("common"), 4);
        register(new ModelName("locals"), 5);
        var registry = server.runtime().registry();
        digest = registry.resolve(ModelRef.parse(ACME, "secretq")).digest();
        registry.rollOut(new ModelName(ACME, "secretq"), "production", new Rollout(2, 0));
        registry.hold(new ModelRef.Numbered(new ModelName(ACME, "secretq"), 2), "it is ours");
        registry.setProject(
                new ProjectName(ACME, "secretlabelsq"),
                ProjectDocument.read("max: 5".getBytes(StandardCharsets.UTF_8)));
        acmes.put("MODEL", "secretq");
        acmes.put("PROJECT", "secretlabelsq");
        acmes.put("TOKEN", "acmesttk");
        try (var in = Objects.requireNonNull(TenantMatrixTest.class.getResourceAsStream("/samples/dog.jpg"))) {
            photo = in.readAllBytes();
        }
        RawHttp.Answer answered =
                send(dataPort(), "POST", "/v1/models/secretq/prelabels", acme, "content-type: image/jpeg\n", photo);
        assertEquals(200, answered.status(), answered::toString);
        acmes.put("PREDICTION", answered.header("firstpass-prediction"));
        RawHttp.Answer upload = manage("POST", "/v1/registry/uploads", "", acme);
        acmes.put("UPLOAD", TestServer.json(upload.body()).path("id").asText());
        RawHttp.Answer operation =
                manage("PUT", "/v1/registry/models/secretq/aliases/production?wait=0", "{\"version\": 1}", acme);
        acmes.put("OPERATION", TestServer.json(operation.body()).path("id").asText());
        // A move ends a rollout, so that the next one has to come after it.
        RawHttp.Answer moved =
                manage("GET", "/v1/registry/operations/" + acmes.get("OPERATION") + "?wait=30s", "", acme);
        assertEquals(200, moved.status(), moved::toString);
        registry.rollOut(new ModelName(ACME, "secretq"), "production", new Rollout(2, 0));
        assertEquals(nobodys.keySet(), acmes.keySet());
        acmes.forEach((kind, id) -> assertFalse(id.isEmpty(), kind));
    }

    @AfterAll
    void close() {
        server.close();
    }

    private String token(Tenant tenant, String name) {
        return server.runtime()
                .registry()
                .tokens()
                .create(
                        new NewToken(tenant, name, EnumSet.complementOf(EnumSet.of(Scope.METRICS)), Optional.empty()),
                        "test")
                .secret()
                .text();
    }

    private void register(ModelName name, int number) throws IOException {
        Path file = SizedModel.write(folder.resolve("offered.onnx"), number, 1 << 16);
        var made = server.runtime().register(name, file, Optional.empty(), ProgressListener.NONE);
        assertEquals("", made.failure());
        Files.delete(file);
    }

    private int dataPort() {
        return server.url().getPort();
    }

    private static RawHttp.Answer send(
            int port, String method, String path, String token, String headers, byte[] body) {
        return RawHttp.send(
                port,
                method + " " + path + " HTTP/1.1\nhost: localhost\nconnection: close\nx-request-id: same\n"
                        + "authorization: Bearer " + token + "\n" + headers
                        + (body.length > 0 || !Set.of("GET", "HEAD").contains(method)
                                ? "content-length: " + body.length + "\n"
                                : ""),
                body);
    }

    private RawHttp.Answer manage(String method, String path, String json, String token) {
        return send(
                server.managementPort(),
                method,
                path,
                token,
                json.isEmpty() ? "" : "content-type: application/json\n",
                json.getBytes(StandardCharsets.UTF_8));
    }

    /// What comes back, without what differs between any two answers.
    private record Seen(int status, Map<String, String> headers, String body) {
        static Seen of(RawHttp.Answer answer, Map<String, String> ids) {
            Map<String, String> headers = new LinkedHashMap<>();
            answer.headers().forEach((name, value) -> {
                if (!Set.of("date", "content-length", "server-timing").contains(name)) {
                    headers.put(name, without(isPacked(name) ? unpacked(value) : value, ids));
                }
            });
            return new Seen(answer.status(), headers, without(answer.body(), ids));
        }

        /// Names of one length leave all else of a message as it is.
        private static boolean isPacked(String header) {
            return header.endsWith("-bin");
        }

        private static String unpacked(String base64) {
            return new String(Base64.getDecoder().decode(base64), StandardCharsets.ISO_8859_1);
        }

        private static String without(String text, Map<String, String> ids) {
            String plain = text;
            for (Map.Entry<String, String> id : ids.entrySet()) {
                // The longer one first: one begins with the other.
                if (id.getKey().equals("PROJECT")) {
                    plain = plain.replace(id.getValue(), "$PROJECT");
                }
            }
            for (Map.Entry<String, String> id : ids.entrySet()) {
                plain = plain.replace(id.getValue(), "$" + id.getKey());
            }
            return plain;
        }

        boolean isNotFound() {
            String told = headers + body;
            return status == 404
                    || "5".equals(headers.get("grpc-status"))
                    || told.contains("NOT_FOUND")
                    // Whether something is ready is asked of what there is not, too.
                    || (status == 400 && body.contains("\"ready\":false"));
        }
    }

    private static String filled(String template, Map<String, String> ids) {
        String text = template.replace("$IMAGE", "/9j/4AAQ")
                .replace(
                        "$CONFIG",
                        "<View><Image name='i' value='$image'/><RectangleLabels name='l' toName='i'><Label"
                                + " value='a'/></RectangleLabels></View>");
        for (Map.Entry<String, String> id : ids.entrySet()) {
            text = text.replace("$" + id.getKey(), id.getValue());
        }
        return text;
    }

    /// @param pattern with parameters as `:name`
    private record Route(int port, HttpMethod method, String pattern) {
        boolean isGrpc() {
            return pattern.matches("/[a-z0-9.]+\\.[A-Z]\\w+/[A-Z]\\w+");
        }

        @Override
        public String toString() {
            return method + " " + pattern;
        }
    }

    /// As a server with the same doors has them.
    private List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        try (TestServer doors = TestServer.guarded()) {
            for (Server each : List.of(doors.listeners.data(), doors.listeners.management())) {
                int port = each == doors.listeners.data() ? dataPort() : server.managementPort();
                for (ServiceConfig config : each.config().serviceConfigs()) {
                    String pattern = PARAMETER
                            .matcher(config.route().patternString())
                            .replaceAll(found -> (found.group(1) == null ? ":" : "/:")
                                    + (found.group(1) == null ? found.group(2) : found.group(1)))
                            .replaceAll("^\\^|\\$$", "");
                    if (SESSIONS.contains(pattern)) {
                        continue;
                    }
                    Access access = Objects.requireNonNull(config.service().as(Gate.class))
                            .access();
                    for (HttpMethod method : config.route().methods()) {
                        Route route = new Route(port, method, pattern);
                        if (!route.isGrpc() || method == HttpMethod.POST) {
                            routes.add(route);
                        }
                        assertTrue(access instanceof Access.Needs || route.isGrpc() || method != HttpMethod.POST);
                    }
                }
            }
        }
        return routes;
    }

    /// What a parameter of a path stands for.
    private static String placeholder(String pattern, String parameter) {
        return switch (parameter) {
            case "number", "version" -> "1";
            case "alias", "label" -> "production";
            case "model" -> "$MODEL";
            case "ref" -> pattern.startsWith("/v1/projects/") ? "$PROJECT" : "$MODEL";
            case "name" ->
                pattern.startsWith("/v1/registry/projects/")
                        ? "$PROJECT"
                        : pattern.startsWith("/v1/tokens/") ? "$TOKEN" : "$MODEL";
            case "id" -> {
                Matcher kind = Pattern.compile("/v1/registry/(upload|operation|prediction)s/:id.*")
                        .matcher(pattern);
                yield kind.matches() ? "$" + kind.group(1).toUpperCase(java.util.Locale.ROOT) : "$MODEL";
            }
            default -> throw new IllegalStateException(pattern + ": what is " + parameter + "?");
        };
    }

    private Seen ask(Route route, String template, Map<String, String> ids) {
        Body body = BODIES.getOrDefault(route.toString(), Body.NONE);
        String headers = (body.type().isEmpty() ? "" : "content-type: " + body.type() + "\n")
                + "upload-offset: 0\nx-nuclio-function-name: " + filled("$MODEL", ids) + "\n";
        return Seen.of(
                send(
                        route.port(),
                        route.method().name(),
                        filled(template, ids),
                        beta,
                        headers,
                        filled(body.text(), ids).getBytes(StandardCharsets.UTF_8)),
                ids);
    }

    /// Operations are listed with the words of who began them, which may be another one's name.
    private boolean isOfOwnOperations(String what, Seen seen) {
        boolean is = what.endsWith("/v1/registry/operations") || what.endsWith("/ListOperations");
        if (is) {
            assertFalse(seen.toString().contains("$OPERATION"), () -> what + ": " + seen);
        }
        return is;
    }

    private void assertSame(Object what, Seen asAnothers, Seen asNobodys) {
        if (isOfOwnOperations(what.toString(), asAnothers)) {
            return;
        }
        assertEquals(asNobodys, asAnothers, what::toString);
        String told = asAnothers.toString();
        for (String secret : List.of("secretq", digest, "acmeq")) {
            assertFalse(told.contains(secret), () -> what + " tells of " + secret + ": " + told);
        }
    }

    @Test
    void routes_askedForWhatAnotherTenantHas_answerAsForWhatNobodyHas() {
        Map<String, Object> before = state();
        int named = 0;
        List<String> others = new ArrayList<>();
        for (Route route : routes()) {
            if (route.isGrpc() || MAKING.contains(route.toString())) {
                continue;
            }
            boolean isReading = route.method() == HttpMethod.GET
                    || route.method() == HttpMethod.HEAD
                    || route.method() == HttpMethod.DELETE;
            assertTrue(isReading || BODIES.containsKey(route.toString()), () -> route + " is not in the table");
            String template = Pattern.compile(":([a-z]+)(?=[/:]|$)")
                    .matcher(verbAside(route.pattern()))
                    .replaceAll(found -> Matcher.quoteReplacement(placeholder(route.pattern(), found.group(1))));
            template += verb(route.pattern());
            Seen asAnothers = ask(route, template, acmes);
            assertSame(route, asAnothers, ask(route, template, nobodys));
            boolean isNaming =
                    (template + BODIES.getOrDefault(route.toString(), Body.NONE).text()).contains("$MODEL")
                            || template.contains("$");
            if (isNaming && !NOT_OF_TENANTS.contains(route.pattern())) {
                named++;
                if (!asAnothers.isNotFound() && !isNotServed(asAnothers)) {
                    others.add(route + ": " + asAnothers);
                }
            }
        }
        assertEquals(List.of(), others, "not looked up");
        assertTrue(named > 60, "only " + named);
        assertEquals(before, state());
    }

    /// What no tenant is served.
    private static boolean isNotServed(Seen seen) {
        return seen.status() == 501;
    }

    /// `:predict` at the end of a path is no parameter.
    private static String verb(String pattern) {
        Matcher verb = Pattern.compile(":(predict|classify|regress|rollback|retire|validate|prune)$")
                .matcher(pattern);
        return verb.find() ? verb.group() : "";
    }

    private static String verbAside(String pattern) {
        return pattern.substring(0, pattern.length() - verb(pattern).length());
    }

    @Test
    void furtherWaysToNameSomething_answerTheSame() {
        for (String line : FURTHER) {
            String method = line.substring(0, line.indexOf(' '));
            String path = line.substring(line.indexOf(' ') + 1);
            boolean isData = !path.startsWith("/v1/registry") && !path.startsWith("/v1/tokens");
            Route route = new Route(isData ? dataPort() : server.managementPort(), HttpMethod.valueOf(method), line);
            Seen asAnothers = ask(route, path, acmes);
            assertSame(line, asAnothers, ask(route, path, nobodys));
            assertTrue(asAnothers.status() >= 400 || path.contains("predictions"), asAnothers::toString);
        }
        RawHttp.Answer another = manage("DELETE", "/v1/tokens/acmesttk?tenant=acmeq", "", beta);
        RawHttp.Answer nobody = manage("DELETE", "/v1/tokens/acmesttk?tenant=zetaq", "", beta);
        assertEquals(403, another.status());
        assertEquals(nobody.body(), another.body());
    }

    private RawHttp.Answer prelabel(String model, String token) {
        return send(
                dataPort(), "POST", "/v1/models/" + model + "/prelabels", token, "content-type: image/jpeg\n", photo);
    }

    /// Two tenants with a model of one name, each with a version 1: neither is told of the other's, and both are there.
    @Test
    void status_tellsEachTenantOfItsOwn_andTheOperatorOfBoth() throws IOException {
        register(new ModelName(ACME, "own"), 7);
        assertEquals(200, prelabel("own", acme).status());
        server.runtime().registry().rollOut(new ModelName(ACME, "secretq"), "production", new Rollout(2, 0));
        assertEquals(404, prelabel("missing", beta).status());

        JsonNode toBeta = status(beta);
        assertEquals(Set.of("own@1"), refs(toBeta));
        assertEquals(List.of(), toBeta.path("rollouts").valueStream().toList());
        assertEquals(0, toBeta.path("requests").size());
        assertEquals(0, toBeta.path("devices").size());
        JsonNode toAcme = status(acme);
        assertTrue(refs(toAcme).containsAll(Set.of("own@1", "secretq@1")), toAcme::toString);
        assertFalse(refs(toAcme).contains("locals@1"), toAcme::toString);
        assertEquals(
                List.of("secretq@production"),
                toAcme.path("rollouts")
                        .valueStream()
                        .map(rollout -> rollout.path("alias").asText())
                        .toList());

        JsonNode toOperator = status(token(Tenant.LOCAL, "operator"));
        assertTrue(
                refs(toOperator).containsAll(Set.of("acmeq/own@1", "betaq/own@1", "locals@1")), toOperator::toString);
        assertTrue(toOperator.at("/requests/MODEL_NOT_FOUND").asInt() > 0, toOperator::toString);
    }

    private JsonNode status(String token) {
        return TestServer.json(manage("GET", "/v1/status", "", token).body());
    }

    private static Set<String> refs(JsonNode status) {
        return status.path("versions")
                .valueStream()
                .map(version -> version.path("ref").asText())
                .collect(Collectors.toSet());
    }

    /// Names of threads are in lines of the log and in dumps, which are for those who run the server.
    @Test
    void threads_sayWhoseModelTheyRun() {
        assertEquals(200, prelabel("secretq", acme).status());
        assertEquals(200, prelabel("locals", token(Tenant.LOCAL, "labeler")).status());
        Set<String> threads = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .collect(Collectors.toSet());
        assertTrue(threads.containsAll(Set.of("infer-acmeq/secretq-v1-cpu", "infer-locals-v1-cpu")), threads::toString);
    }

    /// What the operator shares everybody may ask, and nobody else owns; what it does not share is as if it were not.
    @Test
    void sharedModel_isUsedByAll_andOwnedByOne() throws IOException {
        assertEquals(200, prelabel("common", beta).status());
        assertEquals(404, prelabel("locals", beta).status());
        assertEquals(
                List.of("common", "own"),
                TestServer.json(send(dataPort(), "GET", "/v1/models", beta, "", new byte[0])
                                .body())
                        .path("models")
                        .valueStream()
                        .map(model -> model.path("name").asText())
                        .toList());
        assertEquals(
                200,
                send(dataPort(), "GET", "/v2/models/common", beta, "", new byte[0])
                        .status());
        assertEquals(
                0,
                TestServer.json(send(dataPort(), "GET", "/v2/models/common/stats", beta, "", new byte[0])
                                .body())
                        .path("model_stats")
                        .path(0)
                        .path("inference_count")
                        .asInt());
        assertEquals(
                404,
                send(dataPort(), "POST", "/v2/repository/models/common/unload", beta, "", new byte[0])
                        .status());
        for (String path : List.of("", "/versions", "/versions/1", "/aliases/production", "/rollouts/production")) {
            assertEquals(
                    404,
                    manage("GET", "/v1/registry/models/common" + path, "", beta).status(),
                    path);
        }
        assertEquals(
                404,
                manage("POST", "/v1/registry/models/common/versions/1:retire", "", beta)
                        .status());
        String own = prelabel("common", beta).header("firstpass-prediction");
        assertEquals(
                200, manage("GET", "/v1/registry/predictions/" + own, "", beta).status());
        assertEquals(
                404, manage("GET", "/v1/registry/predictions/" + own, "", acme).status());

        register(new ModelName(ACME, "common"), 6);
        String acmesOwn = server.runtime()
                .registry()
                .resolve(ModelRef.parse(ACME, "common"))
                .digest();
        assertTrue(send(dataPort(), "GET", "/v1/models/common", acme, "", new byte[0])
                .body()
                .contains(acmesOwn));
        assertFalse(send(dataPort(), "GET", "/v1/models/common", beta, "", new byte[0])
                .body()
                .contains(acmesOwn));
    }

    @Test
    void metrics_areNotATenants() {
        assertEquals(403, manage("GET", "/metrics", "", beta).status());
        assertEquals(403, manage("GET", "/metrics", "", acme).status());
    }

    @Test
    void grpcMethods_askedForWhatAnotherTenantHas_answerAsForWhatNobodyHas() throws Exception {
        Map<String, Object> before = state();
        Set<String> asked = new TreeSet<>();
        Set<String> paths = new TreeSet<>();
        for (Route route : routes()) {
            if (route.isGrpc()) {
                paths.add(route.pattern().substring(1));
            }
        }
        for (ServiceDescriptor service : List.of(
                PrelabelsGrpc.getServiceDescriptor(),
                RegistryGrpc.getServiceDescriptor(),
                GRPCInferenceServiceGrpc.getServiceDescriptor(),
                PredictionServiceGrpc.getServiceDescriptor(),
                ModelServiceGrpc.getServiceDescriptor(),
                HealthGrpc.getServiceDescriptor(),
                ServerReflectionGrpc.getServiceDescriptor())) {
            int port = service == RegistryGrpc.getServiceDescriptor() ? server.managementPort() : dataPort();
            for (var method : service.getMethods()) {
                String name = method.getFullMethodName();
                String template = MESSAGES.get(name);
                assertTrue(template != null, () -> name + " is not in the table");
                asked.add(name);
                if (template == null || template.equals(MAKES)) {
                    continue;
                }
                Descriptors.Descriptor type = type(service, Objects.requireNonNull(method.getBareMethodName()));
                Seen asAnothers = call(port, name, message(type, filled(template, acmes)), acmes);
                assertSame(name, asAnothers, call(port, name, message(type, filled(template, nobodys)), nobodys));
                if (template.contains("$") && !name.endsWith("/ModelReady")) {
                    assertTrue(asAnothers.isNotFound(), () -> name + " is not looked up: " + asAnothers);
                }
            }
        }
        assertEquals(paths, asked);
        assertEquals(before, state());
    }

    private static Descriptors.Descriptor type(ServiceDescriptor service, String method) {
        Descriptors.FileDescriptor file = ((ProtoFileDescriptorSupplier)
                        Objects.requireNonNull(service.getSchemaDescriptor()))
                .getFileDescriptor();
        String bare = service.getName().substring(service.getName().lastIndexOf('.') + 1);
        return file.findServiceByName(bare).findMethodByName(method).getInputType();
    }

    private static byte[] message(Descriptors.Descriptor type, String json) throws InvalidProtocolBufferException {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        JsonFormat.parser().merge(json, message);
        byte[] bytes = message.build().toByteArray();
        return ByteBuffer.allocate(5 + bytes.length)
                .put((byte) 0)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private Seen call(int port, String method, byte[] message, Map<String, String> ids) {
        return Seen.of(
                send(port, "POST", "/" + method, beta, "content-type: application/grpc\nte: trailers\n", message), ids);
    }

    /// What the first tenant has, and the second one.
    private Map<String, Object> state() {
        var registry = server.runtime().registry();
        Map<String, Object> state = new LinkedHashMap<>();
        for (Tenant tenant : List.of(ACME, BETA)) {
            state.put(tenant + " models", registry.models(tenant));
            state.put(tenant + " projects", registry.projects(tenant));
            state.put(tenant + " audit", registry.audit(tenant, 0, 1000));
        }
        state.put("holds", registry.holds(new ModelName(ACME, "secretq")));
        state.put(
                "tokens",
                registry.tokens().list().stream().map(token -> token.name()).toList());
        state.put(
                "upload",
                manage("GET", "/v1/registry/uploads/" + acmes.get("UPLOAD"), "", acme)
                        .status());
        return state;
    }
}
