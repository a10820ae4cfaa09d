package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.v1.EndRolloutRequest;
import dev.firstpass.proto.v1.MoveAliasRequest;
import dev.firstpass.proto.v1.Operation;
import dev.firstpass.proto.v1.RegisterVersionRequest;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.proto.v1.RetireVersionRequest;
import dev.firstpass.proto.v1.RollBackRequest;
import dev.firstpass.proto.v1.SetProjectRequest;
import dev.firstpass.proto.v1.SetRolloutRequest;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.token.NewToken;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.RuntimeConfig;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every change of the registry is told by who asked for it, over HTTP and over gRPC, in a whole server.
final class AuditedCallersTest {
    private static final ModelName MODEL = new ModelName("m");

    @TempDir
    Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private FirstpassServer server;
    private long before;

    @BeforeEach
    void start() throws IOException {
        server = FirstpassServer.start(
                folder.resolve("data"), DemoServer.ON_LOOPBACK.with(Authentication.TOKENS), RuntimeConfig.forCores(2));
        for (int number = 1; number <= 2; number++) {
            assertEquals(
                    "",
                    server.runtime()
                            .register(MODEL, model(number), Optional.empty(), ProgressListener.NONE)
                            .failure());
        }
        assertTrue(
                lines().stream().allMatch(line -> line.principal().equals("local")),
                "whoever runs the process is nobody's token");
    }

    @AfterEach
    void stop() {
        server.close();
        http.shutdownNow();
    }

    private Path model(int number) throws IOException {
        return SizedModel.write(folder.resolve("offered.onnx"), number, 1 << 16);
    }

    private String token(String name, Scope scope) {
        String token = server.runtime()
                .registry()
                .tokens()
                .create(new NewToken(Tenant.LOCAL, name, EnumSet.of(scope), Optional.empty()), "test")
                .secret()
                .text();
        before = lines().size();
        return token;
    }

    private List<AuditLine> lines() {
        return server.runtime().registry().audit(0, 1000).lines();
    }

    /// `alias by mover` for each line since the last token was made.
    private List<String> told() {
        return lines().stream()
                .skip(before)
                .map(line -> line.action() + " by " + line.principal())
                .toList();
    }

    private void call(String token, String method, String path, String type, byte[] body) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(server.managementUrl().resolve("v1/registry/" + path))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofByteArray(body))
                        .build(),
                BodyHandlers.ofString());
        assertTrue(answer.statusCode() < 300, () -> path + ": " + answer.body());
    }

    private void call(String token, String method, String path, String json) throws Exception {
        call(token, method, path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void overHttp_itIsTheTokensName() throws Exception {
        String pusher = token("pusher", Scope.REGISTER);
        call(pusher, "POST", "models/m/versions", "application/octet-stream", Files.readAllBytes(model(3)));
        assertEquals(List.of("register by pusher", "state by pusher", "state by pusher"), told());

        String mover = token("mover", Scope.PROMOTE);
        call(mover, "PUT", "models/m/aliases/production", "{\"version\": 2}");
        call(mover, "POST", "models/m/aliases/production:rollback", "");
        call(mover, "PUT", "models/m/rollouts/production", "{\"canary\": 2, \"percent\": 10}");
        call(mover, "DELETE", "models/m/rollouts/production", "");
        call(mover, "PUT", "projects/fields", "application/yaml", "max: 3\n".getBytes(StandardCharsets.UTF_8));
        call(mover, "POST", "models/m/versions/3:retire", "");
        assertEquals(
                List.of(
                        "alias by mover",
                        "rollback by mover",
                        "rollout by mover",
                        "rollout by mover",
                        "project by mover",
                        "state by mover"),
                told());

        String keeper = token("keeper", Scope.ADMIN);
        call(keeper, "PUT", "models/m/holds/2", "{\"reason\": \"a claim\"}");
        call(keeper, "DELETE", "models/m/holds/2", "");
        assertEquals(List.of("hold by keeper", "release by keeper"), told());
        call(keeper, "POST", "models/m:prune", "{\"keep\": 0, \"dryRun\": false}");
        assertEquals(
                Set.of("hold by keeper", "release by keeper", "state by keeper", "prune by keeper"),
                Set.copyOf(told()));
        assertEquals(List.of(), server.runtime().registry().damage());
    }

    private <T> T client(Class<T> stub, String token) {
        return GrpcClients.builder(server.managementUrl().toString())
                .addHeader("authorization", "Bearer " + token)
                .responseTimeoutMillis(20_000)
                .build(stub);
    }

    @Test
    void overGrpc_itIsTheTokensName() throws Exception {
        String pusher = token("pusher", Scope.REGISTER);
        CompletableFuture<Operation> registered = new CompletableFuture<>();
        StreamObserver<RegisterVersionRequest> stream = client(RegistryGrpc.RegistryStub.class, pusher)
                .registerVersion(new StreamObserver<>() {
                    @Override
                    public void onNext(Operation operation) {
                        registered.complete(operation);
                    }

                    @Override
                    public void onError(Throwable thrown) {
                        registered.completeExceptionally(thrown);
                    }

                    @Override
                    public void onCompleted() {}
                });
        stream.onNext(RegisterVersionRequest.newBuilder()
                .setBegin(RegisterVersionRequest.Begin.newBuilder().setModel("m"))
                .build());
        stream.onNext(RegisterVersionRequest.newBuilder()
                .setChunk(ByteString.copyFrom(Files.readAllBytes(model(3))))
                .build());
        stream.onCompleted();
        assertEquals(
                "STATE_DONE", registered.get(20, TimeUnit.SECONDS).getState().name());
        assertEquals(List.of("register by pusher", "state by pusher", "state by pusher"), told());

        var mover = client(RegistryGrpc.RegistryBlockingStub.class, token("mover", Scope.PROMOTE));
        var _ = mover.moveAlias(MoveAliasRequest.newBuilder()
                .setModel("m")
                .setAlias("production")
                .setVersion(2)
                .build());
        var _ = mover.rollBack(RollBackRequest.newBuilder()
                .setModel("m")
                .setAlias("production")
                .build());
        var _ = mover.setRollout(SetRolloutRequest.newBuilder()
                .setModel("m")
                .setAlias("production")
                .setCanary(2)
                .setPercent(10)
                .build());
        var _ = mover.endRollout(EndRolloutRequest.newBuilder()
                .setModel("m")
                .setAlias("production")
                .build());
        var _ = mover.setProject(SetProjectRequest.newBuilder()
                .setName("fields")
                .setSpec("max: 3")
                .build());
        var _ = mover.retireVersion(
                RetireVersionRequest.newBuilder().setModel("m").setVersion(3).build());
        assertEquals(
                List.of(
                        "alias by mover",
                        "rollback by mover",
                        "rollout by mover",
                        "rollout by mover",
                        "project by mover",
                        "state by mover"),
                told());
    }
}
