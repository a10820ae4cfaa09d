package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.IdentityConfig;
import dev.firstpass.server.config.OidcConfig;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole server that takes tokens of an issuer: its keys by address and in a file.
final class OidcTest {
    private static final String ISSUER = "https://id.example.org";
    private final ECKey key = key();

    private static ECKey key() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID("k").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String token(String scopes, String more) throws JOSEException {
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k").build(),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience("firstpass")
                        .subject("mona")
                        .claim("scope", scopes)
                        .claim("more", more)
                        .expirationTime(Date.from(Instant.now().plusSeconds(600)))
                        .build());
        token.sign(new ECDSASigner(key));
        return token.serialize();
    }

    private static TestServer server(OidcConfig.Keys keys) {
        return TestServer.identified(
                Authentication.TOKENS,
                new IdentityConfig(
                        Optional.empty(),
                        Map.of(),
                        Optional.of(new OidcConfig(
                                ISSUER,
                                "firstpass",
                                keys,
                                Optional.empty(),
                                Duration.ofHours(1),
                                "scope",
                                Map.of(),
                                Optional.empty()))));
    }

    private static Answer models(TestServer server, String token) {
        return RawHttp.send(server.port(), "GET /v1/models HTTP/1.1\nAuthorization: Bearer " + token);
    }

    /// The first look at the keys comes with the start, on a thread of its own.
    private static void awaitKeys(TestServer server, String token) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (models(server, token).status() != 200 && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    @Test
    void keysInAFile_letTokensIn_besideThoseOfTheRegistry(@TempDir Path temp) throws IOException, JOSEException {
        Path file = Files.writeString(temp.resolve("keys.json"), new JWKSet(key).toString());
        try (TestServer server = server(new OidcConfig.Keys.In(file))) {
            String token = token("prelabel", "");
            awaitKeys(server, token);

            assertEquals(200, models(server, token).status());
            assertEquals(
                    200,
                    models(server, server.backend.tokens.with(Scope.PRELABEL)).status());
            Answer tooSmall =
                    RawHttp.send(server.managementPort(), "GET /metrics HTTP/1.1\nAuthorization: Bearer " + token);
            assertEquals(403, tooSmall.status(), tooSmall.body());
            Answer tooLong = models(server, token("prelabel", "x".repeat(64 << 10)));
            assertEquals(431, tooLong.status(), tooLong.body());
            assertEquals(
                    401,
                    models(server, token.substring(0, token.length() - 4) + "AAAA")
                            .status());
        }
    }

    @Test
    void keysByAddress_areFetchedOnce_andWithoutThemNobodyIsKnown() throws IOException, JOSEException {
        byte[] keys = new JWKSet(key).toString().getBytes(StandardCharsets.UTF_8);
        HttpServer issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        int[] asked = {0};
        issuer.createContext("/keys", exchange -> {
            asked[0]++;
            exchange.sendResponseHeaders(200, keys.length);
            exchange.getResponseBody().write(keys);
            exchange.close();
        });
        issuer.start();
        String root = "http://127.0.0.1:" + issuer.getAddress().getPort();
        try (TestServer server = server(new OidcConfig.Keys.At(URI.create(root + "/keys")));
                TestServer without = server(new OidcConfig.Keys.At(URI.create(root + "/none")))) {
            String token = token("prelabel", "");
            awaitKeys(server, token);

            assertEquals(200, models(server, token).status());
            assertEquals(1, asked[0]);
            Answer refused = models(without, token);
            assertEquals(401, refused.status());
            assertTrue(refused.body().contains("keys of the token's issuer"), refused::body);
            assertEquals("application/problem+json", refused.header("content-type"));
        } finally {
            issuer.stop(0);
        }
    }
}
