package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceConfig;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.ModelServiceGrpc;
import dev.firstpass.proto.tensorflow.serving.PredictionServiceGrpc;
import dev.firstpass.proto.v1.PrelabelsGrpc;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp2;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.security.Access;
import dev.firstpass.server.security.Gate;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Every route of both listeners, as the server itself has them, against whoever has no right to use it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTest {
    private static final Pattern PARAMETER = Pattern.compile("/:([a-z]+)|\\(\\?<([a-z]+)>[^)]*\\)");

    /// The only routes for everybody: they say yes or no, or are where people log in.
    private static final Set<String> PUBLIC = Set.of(
            "GET /login",
            "POST /login",
            "GET /login/base.css",
            "GET /login/favicon.svg",
            "GET /login/login.css",
            "GET /login/login.js",
            "GET /login/theme.js",
            "GET /livez",
            "GET /readyz",
            "GET /v2/health/live",
            "GET /v2/health/ready",
            "GET /x-anylabeling/health",
            "GET /label-studio/coco",
            "GET /label-studio/coco/health",
            "POST /inference.GRPCInferenceService/ServerLive",
            "POST /inference.GRPCInferenceService/ServerReady",
            "POST /grpc.health.v1.Health/Check",
            "POST /grpc.health.v1.Health/Watch");

    /// What a request may come to that nobody has let in: it is refused by the gate, no request, or for no route. Nothing else
    /// counts, nor does a connection that is closed with nothing said.
    private static final Set<Integer> REFUSED = Set.of(400, 401, 403, 404, 405);

    /// The same of gRPC: PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED.
    private static final Set<String> REFUSED_CALLS = Set.of("7", "12", "16");

    /// The same where HTTP/2 knows no request.
    private static final String MALFORMED = "RST_STREAM PROTOCOL_ERROR";

    private final TestServer server = TestServer.guarded();

    @AfterAll
    void close() {
        server.close();
    }

    /// @param access of the route
    private record Target(int port, HttpMethod method, String path, Access access) {
        boolean isGrpc() {
            return method == HttpMethod.POST && isOfGrpc(path);
        }

        /// `/package.Service/Method`.
        static boolean isOfGrpc(String path) {
            return path.matches("/[a-z0-9.]+\\.[A-Z]\\w+/[A-Z]\\w+");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        for (Server each : List.of(server.listeners.data(), server.listeners.management())) {
            int port = each == server.listeners.data() ? server.port() : server.managementPort();
            for (ServiceConfig config : each.config().serviceConfigs()) {
                Gate gate = config.service().as(Gate.class);
                assertNotNull(gate, () -> config.route() + " has no gate");
                String path = PARAMETER
                        .matcher(config.route().patternString())
                        .replaceAll(
                                found -> (found.group(1) == null ? "" : "/") + value(found.group(1), found.group(2)))
                        .replaceAll("^\\^|\\$$", "");
                for (HttpMethod method : config.route().methods()) {
                    // A gRPC route takes more than gRPC uses.
                    if (!Target.isOfGrpc(path) || method == HttpMethod.POST) {
                        targets.add(new Target(port, method, path, gate.access()));
                    }
                }
            }
        }
        return targets;
    }

    private static String value(@Nullable String segment, @Nullable String group) {
        return switch (String.valueOf(segment == null ? group : segment)) {
            case "version", "number" -> "1";
            default -> "coco";
        };
    }

    private List<Target> closed() {
        return targets().stream()
                .filter(target -> target.access() instanceof Access.Needs)
                .toList();
    }

    @Test
    void publicRoutes_areThoseThatSayYesOrNo_andTheLogin() {
        Set<String> open = targets().stream()
                .filter(target -> target.access() instanceof Access.Public && target.method() != HttpMethod.HEAD)
                .map(Target::toString)
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(PUBLIC), open);
        for (Target target : targets()) {
            if (target.access() instanceof Access.Public && !target.isGrpc()) {
                int expected = target.toString().equals("POST /login") ? 400 : 200;
                assertEquals(expected, status(target, target.path(), ""), target::toString);
            }
        }
    }

    @Test
    void grpcMethods_areAllAmongTheRoutes() {
        Set<String> paths = targets().stream().map(Target::path).collect(Collectors.toSet());

        for (ServiceDescriptor service : List.of(
                PrelabelsGrpc.getServiceDescriptor(),
                RegistryGrpc.getServiceDescriptor(),
                GRPCInferenceServiceGrpc.getServiceDescriptor(),
                PredictionServiceGrpc.getServiceDescriptor(),
                ModelServiceGrpc.getServiceDescriptor(),
                HealthGrpc.getServiceDescriptor(),
                ServerReflectionGrpc.getServiceDescriptor())) {
            service.getMethods()
                    .forEach(method ->
                            assertTrue(paths.contains("/" + method.getFullMethodName()), method::getFullMethodName));
        }
    }

    /// Kind of credential -> the header that carries it.
    private Map<String, String> credentialsThatDoNotDo(Target target) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("none", "");
        headers.put("bad", bearer("hunter2"));
        headers.put("unknown", bearer(TokenSecret.generate(new SecureRandom()).text()));
        headers.put("expired", bearer(expired));
        if (target.access() instanceof Access.Needs(Set<Scope> scopes) && scopes.size() < Scope.values().length) {
            headers.put("low", bearer(others.computeIfAbsent(scopes, this::allBut)));
        }
        return headers;
    }

    private final String expired = server.backend.tokens.with(
            Tenant.LOCAL, EnumSet.allOf(Scope.class), Optional.of(Instant.parse("2026-01-02T03:04:05Z")));

    private final Map<Set<Scope>, String> others = new LinkedHashMap<>();

    private String allBut(Set<Scope> scopes) {
        return server.backend.tokens.with(Tenant.LOCAL, EnumSet.complementOf(EnumSet.copyOf(scopes)), Optional.empty());
    }

    private static String bearer(String token) {
        return "authorization: Bearer " + token + "\n";
    }

    @Test
    void closedRoutes_withoutTheRight_areRefusedByTheGate() {
        for (Target target : closed()) {
            credentialsThatDoNotDo(target).forEach((kind, header) -> {
                RawHttp.Answer answer = send(target, target.path(), header);
                String told = target + ", " + kind + ": " + answer;
                if (target.isGrpc()) {
                    assertEquals(200, answer.status(), told);
                    assertEquals(kind.equals("low") ? "7" : "16", answer.header("grpc-status"), told);
                    assertEquals(
                            kind.equals("low") ? "PERMISSION_DENIED" : "UNAUTHENTICATED",
                            answer.header("firstpass-reason"),
                            told);
                } else {
                    assertEquals(kind.equals("low") ? 403 : 401, answer.status(), told);
                }
            });
        }
    }

    @Test
    void closedRoutes_inOtherSpellings_areRefusedToo() {
        int each =
                Boolean.getBoolean("firstpass.long") ? 1 : 17; // A prime, so that every spelling and kind has its turn.
        int sent = 0;
        int made = 0;
        for (Target target : closed()) {
            for (String spelling : spellings(target)) {
                for (String header : credentialsThatDoNotDo(target).values()) {
                    made++;
                    if (made % each != 0) {
                        continue;
                    }
                    RawHttp.Answer answer = send(target, spelling, header);
                    sent++;
                    assertTrue(isRefused(answer), () -> target + " as " + spelling + ": " + answer);
                }
            }
        }
        assertTrue(made > 5000, "only " + made);
        assertTrue(sent >= made / each, "only " + sent);
        assertTrue(server.backend.requests.isEmpty());
        assertEquals(0, server.backend.changes.get());
    }

    private static List<String> spellings(Target target) {
        String path = target.path();
        int second = path.indexOf('/', 1);
        List<String> spellings = Stream.of(
                        path.substring(1),
                        "/" + path,
                        path + ".",
                        path + "/",
                        path + ";x=1",
                        path + "?x=1",
                        "/x/.." + path,
                        "/." + path,
                        "/%2e%2e" + path,
                        path.toUpperCase(Locale.ROOT),
                        "http://127.0.0.1:" + target.port() + path,
                        "/%" + Integer.toHexString(path.length() > 1 ? path.charAt(1) : 'x')
                                + path.substring(Math.min(2, path.length())))
                .collect(Collectors.toCollection(ArrayList::new));
        if (second > 0) {
            spellings.add(path.substring(0, second) + "//" + path.substring(second + 1));
            spellings.add(path.substring(0, second) + "%2f" + path.substring(second + 1));
            spellings.add(path.substring(0, second) + "\\" + path.substring(second + 1));
        }
        return spellings;
    }

    private static boolean isRefused(RawHttp.Answer answer) {
        return switch (answer.status()) {
            case 0 -> answer.header(RawHttp2.ENDED).equals(MALFORMED);
            case 200 -> REFUSED_CALLS.contains(answer.header("grpc-status"));
            default -> REFUSED.contains(answer.status());
        };
    }

    /// Where a path is no more than a header, and can lack what makes it one: CVE-2026-33186 was that, for gRPC. The same matrix as over
    /// HTTP/1.1: every route as it is with every credential, and a part of the spellings, or all.
    @Test
    void closedRoutes_overHttp2_inOtherSpellings_areRefusedToo() {
        int each = Boolean.getBoolean("firstpass.long") ? 1 : 17;
        int made = 0;
        int sent = 0;
        try (RawHttp2 data = new RawHttp2(server.port());
                RawHttp2 management = new RawHttp2(server.managementPort())) {
            for (Target target : closed()) {
                RawHttp2 client = target.port() == server.port() ? data : management;
                Map<String, String> credentials = credentialsThatDoNotDo(target);
                credentials.forEach((kind, header) -> {
                    RawHttp.Answer plain = send(target, target.path(), header, client);
                    String status =
                            target.isGrpc() ? kind.equals("low") ? "7" : "16" : kind.equals("low") ? "403" : "401";
                    assertEquals(
                            status,
                            plain.header(target.isGrpc() ? "grpc-status" : ":status"),
                            () -> target + ", " + kind + ": " + plain);
                });
                for (String spelling : spellings(target)) {
                    for (String header : credentials.values()) {
                        made++;
                        if (made % each == 0) {
                            RawHttp.Answer answer = send(target, spelling, header, client);
                            sent++;
                            assertTrue(isRefused(answer), () -> target + " as " + spelling + ": " + answer);
                        }
                    }
                }
            }
        }
        assertTrue(made > 5000, "only " + made);
        assertTrue(sent >= made / each, "only " + sent);
        System.out.println(sent + " of " + made + " pairs of spelling and credential sent over HTTP/2, all refused");
        assertTrue(server.backend.requests.isEmpty());
        assertEquals(0, server.backend.changes.get());
    }

    private static RawHttp.Answer send(Target target, String path, String header, RawHttp2 client) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (target.isGrpc()) {
            headers.put("content-type", "application/grpc");
            headers.put("te", "trailers");
        }
        if (!header.isEmpty()) {
            headers.put(
                    "authorization", header.substring(header.indexOf(' ') + 1).strip());
        }
        byte[] body = target.isGrpc() ? new byte[5] : new byte[0];
        return client.send(target.method().name(), path, headers, body);
    }

    @Test
    void closedRoutes_withEachOfTheirScopesAlone_letIn() {
        Map<Scope, String> tokens = new LinkedHashMap<>();
        for (Scope scope : Scope.values()) {
            tokens.put(scope, server.backend.tokens.with(scope));
        }
        for (Target target : closed()) {
            if (target.access() instanceof Access.Needs(Set<Scope> scopes)) {
                for (Scope scope : scopes) {
                    if (scope == Scope.PRELABEL && isOfRawTensors(target)) {
                        continue;
                    }
                    RawHttp.Answer answer =
                            send(target, target.path(), bearer(Objects.requireNonNull(tokens.get(scope))));
                    String told = target + ", " + scope + ": " + answer;
                    assertTrue(answer.status() != 401 && answer.status() != 403, told);
                    assertTrue(!List.of("7", "16").contains(answer.header("grpc-status")), told);
                }
            }
        }
    }

    /// The model's name says which of the two scopes it needs, and that of these models is of raw tensors.
    private static boolean isOfRawTensors(Target target) {
        return target.path().matches("/v2/models/coco(/versions/1)?/infer|.*GRPCInferenceService/ModelInfer");
    }

    private int status(Target target, String path, String header) {
        return send(target, path, header).status();
    }

    private static RawHttp.Answer send(Target target, String path, String header) {
        String type = target.isGrpc() ? "content-type: application/grpc\ncontent-length: 5\n" : "content-length: 0\n";
        boolean hasBody = target.method() != HttpMethod.GET && target.method() != HttpMethod.HEAD;
        return RawHttp.send(
                target.port(),
                target.method() + " " + path + " HTTP/1.1\nhost: localhost\nconnection: close\n" + header
                        + (hasBody ? type : ""),
                target.isGrpc() ? new byte[5] : new byte[0]);
    }
}
