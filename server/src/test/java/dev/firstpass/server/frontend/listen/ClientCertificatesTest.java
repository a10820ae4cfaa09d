package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.firstpass.proto.v1.ListModelsRequest;
import dev.firstpass.proto.v1.RegistryGrpc;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.Grant;
import dev.firstpass.server.config.IdentityConfig;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TlsFiles;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Callers who show a certificate in place of a token.
final class ClientCertificatesTest {
    private final TestPki authority = new TestPki("authority");
    private final TestPki clients = new TestPki("clients");
    private final TestPki.Issued robot = clients.issue("robot");

    @TempDir
    Path temp = Path.of("");

    private TestServer server(boolean areRequired) {
        TlsFiles own = authority.issue("server").write(temp, "server");
        TlsFiles files = new TlsFiles(
                own.certificate(), own.key(), Optional.of(new TlsFiles.Clients(clients.write(temp), areRequired)));
        return TestServer.identified(
                Authentication.TOKENS,
                new IdentityConfig(
                        Optional.of(files),
                        Map.of("robot", new Grant(new Tenant("acme"), Set.of(Scope.PRELABEL))),
                        Optional.empty()));
    }

    private HttpResponse<String> get(URI root, String path, String token, TestPki.Issued... shown) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(authority.client(shown)).build()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    @Test
    void certificate_isWhatSettingsSayOfItsName_andATokenStandsAboveIt() throws Exception {
        try (TestServer server = server(false)) {
            URI data = server.listeners.dataUri();
            URI management = server.listeners.managementUri();
            assertEquals(200, get(data, "/v1/models", "", robot).statusCode());
            HttpResponse<String> tooSmall = get(management, "/metrics", "", robot);
            assertEquals(403, tooSmall.statusCode(), tooSmall.body());

            HttpResponse<String> unnamed = get(data, "/v1/models", "", clients.issue("stranger"));
            assertEquals(401, unnamed.statusCode());
            assertTrue(unnamed.body().contains("security.tls.clients"), unnamed.body());
            assertEquals(401, get(data, "/v1/models", "").statusCode());
            assertEquals(200, get(data, "/livez", "").statusCode());
            String token = server.backend.tokens.with(Scope.METRICS);
            assertEquals(200, get(management, "/metrics", token).statusCode());
            assertEquals(403, get(data, "/v1/models", token, robot).statusCode());
        }
    }

    @Test
    void certificate_ofNobodyThatIsTrusted_getsNoConnection_untilItsAuthorityIs() throws Exception {
        TestPki others = new TestPki("others");
        TestPki.Issued same = others.issue("robot");
        try (TestServer server = server(false)) {
            URI data = server.listeners.dataUri();
            assertRefused(data, same);

            Files.copy(others.write(temp), temp.resolve("clients.ca.crt"), StandardCopyOption.REPLACE_EXISTING);
            server.listeners.lookAtCertificate();

            assertEquals(200, get(data, "/v1/models", "", same).statusCode());
            assertRefused(data, robot);
        }
    }

    /// A client shows a certificate of an authority that it was not asked for, or none; either way it is not let in.
    private void assertRefused(URI data, TestPki.Issued shown) throws Exception {
        try {
            assertEquals(401, get(data, "/v1/models", "", shown).statusCode());
        } catch (IOException e) {
            assertTrue(
                    String.valueOf(e).toLowerCase(java.util.Locale.ROOT).contains("ssl")
                            || String.valueOf(e).contains("closed")
                            || String.valueOf(e).contains("terminated"),
                    () -> "" + e);
        }
    }

    @Test
    void required_noneIsNoConnection() throws Exception {
        try (TestServer server = server(true)) {
            URI data = server.listeners.dataUri();
            assertThrows(IOException.class, () -> get(data, "/livez", ""));
            assertEquals(200, get(data, "/livez", "", robot).statusCode());
        }
    }

    @Test
    void overGrpc_certificatesCountToo() {
        try (TestServer server = server(false);
                ClientFactory factory = ClientFactory.builder()
                        .tlsCustomizer(tls ->
                                tls.trustManager(authority.certificate).keyManager(robot.key(), robot.certificate()))
                        .build()) {
            RegistryGrpc.RegistryBlockingStub registry = GrpcClients.builder(
                            server.listeners.managementUri().toString())
                    .factory(factory)
                    .build(RegistryGrpc.RegistryBlockingStub.class);
            StatusRuntimeException denied = assertThrows(
                    StatusRuntimeException.class, () -> registry.listModels(ListModelsRequest.getDefaultInstance()));
            assertEquals(Status.Code.PERMISSION_DENIED, denied.getStatus().getCode());
        }
    }
}
