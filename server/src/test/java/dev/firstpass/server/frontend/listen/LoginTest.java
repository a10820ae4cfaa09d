package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.IdentityConfig;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.tls.TestPki;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sessions of browsers, as the wire has them: what begins and ends one, and which requests it counts for.
final class LoginTest {
    private static final String PRELABELS = "/v1/models/coco/prelabels";

    @AutoClose
    private final TestServer server = TestServer.guarded();

    @AutoClose
    private final HttpClient client = HttpClient.newHttpClient();

    /// Kinds of headers and their values in turn.
    private HttpResponse<String> send(HttpClient by, String method, URI uri, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return by.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        return send(client, method, server.uri(path), body, headers);
    }

    private static List<String> cookies(HttpResponse<?> answer) {
        return answer.headers().allValues("set-cookie");
    }

    /// Logs in. @return what a browser sends from then on
    private String logIn(String token) throws Exception {
        HttpResponse<String> answer = send("POST", "/login", "{\"token\": \"" + token + "\"}");
        assertEquals(204, answer.statusCode(), answer.body());
        assertEquals("no-store", answer.headers().firstValue("cache-control").orElse(""));
        return cookies(answer).getFirst().split(";", 2)[0];
    }

    /// Through a proxy that ends TLS.
    private String logInOverTls(String token, String outside) throws Exception {
        HttpResponse<String> answer = send("POST", "/login", "{\"token\": \"" + token + "\"}", "Origin", outside);
        return cookies(answer).getFirst().split(";", 2)[0];
    }

    private String origin() {
        String root = server.uri("/").toString();
        return root.substring(0, root.length() - 1);
    }

    @Test
    void visit_withoutASession_isSentToTheLogin_andProgramsAreTold() throws Exception {
        HttpResponse<String> visit = send("GET", "/", "", "Accept", "text/html,*/*");
        assertEquals(303, visit.statusCode());
        assertEquals("/login", visit.headers().firstValue("location").orElse(""));

        for (String path : List.of("/", "/app.js", "/v1/models")) {
            HttpResponse<String> refused = send("GET", path, "", "Accept", "*/*");
            assertEquals(401, refused.statusCode(), path);
            assertEquals(
                    "UNAUTHENTICATED",
                    TestServer.json(refused.body()).path("reason").asText());
        }
        assertEquals(401, send("GET", "/v1/models", "", "Accept", "text/html").statusCode());
        HttpResponse<String> login = send("GET", "/login", "");
        assertEquals(200, login.statusCode());
        assertTrue(
                login.headers().firstValue("content-security-policy").orElse("").contains("default-src 'none'"));
    }

    @Test
    void token_thatIsTaken_beginsASession_onBothListeners_withoutItself() throws Exception {
        String token = server.backend.tokens.with(Scope.PRELABEL, Scope.METRICS);
        for (String wrong : List.of("{\"token\": \"hunter2\"}", "{\"token\": \"\"}", "{}")) {
            assertEquals(401, send("POST", "/login", wrong).statusCode(), wrong);
        }
        assertEquals(400, send("POST", "/login", "token=" + token).statusCode());
        assertEquals(
                413,
                send("POST", "/login", "{\"token\": \"" + "x".repeat(20_000) + "\"}")
                        .statusCode());

        List<String> set = cookies(send("POST", "/login", "{\"token\": \"" + token + "\"}"));
        assertEquals(2, set.size());
        assertTrue(
                set.getFirst()
                        .matches(
                                "firstpass-session=[A-Za-z0-9_-]{43}; Max-Age=43200;.* Path=/; HTTPOnly; SameSite=Strict"),
                set::toString);
        assertTrue(set.getLast().startsWith("firstpass-login=1;"), set::toString);
        assertTrue(set.stream().noneMatch(cookie -> cookie.contains(token)));

        String cookie = logIn(token);
        assertEquals(
                200,
                send("GET", "/", "", "Cookie", cookie, "Accept", "text/html").statusCode());
        assertEquals(
                200, send("GET", "/v1/models", "", "Cookie", "a=b; " + cookie).statusCode());
        URI metrics = server.listeners.managementUri().resolve("/metrics");
        assertEquals(200, send(client, "GET", metrics, "", "Cookie", cookie).statusCode());
        URI tokens = server.listeners.managementUri().resolve("/v1/tokens");
        assertEquals(403, send(client, "GET", tokens, "", "Cookie", cookie).statusCode());
        assertEquals(401, send("GET", "/v1/models", "", "Cookie", cookie + "x").statusCode());
    }

    /// The browser adds the cookie to whatever is sent here; what it says of who had it sent cannot be forged by a page.
    @Test
    void cookie_countsForTheServersOwnPagesAlone() throws Exception {
        String cookie = logIn(server.backend.tokens.with(Scope.PRELABEL));
        String other = "http://127.0.0.1:1";
        for (String[] headers : new String[][] {
            {},
            {"Origin", "null"},
            {"Origin", other},
            {"Sec-Fetch-Site", "same-site"},
            {"Sec-Fetch-Site", "cross-site"},
            {"Sec-Fetch-Site", "none"},
            {"Origin", origin() + "0"},
            {"Origin", origin(), "Sec-Fetch-Site", "same-site"}
        }) {
            String[] all = Stream.concat(Stream.of("Content-Type", "image/png", "Cookie", cookie), Stream.of(headers))
                    .toArray(String[]::new);
            for (String path : List.of(PRELABELS, "/logout")) {
                int status = send("POST", path, "x", all).statusCode();
                assertTrue(status == 401 || status == 403, () -> path + " " + List.of(headers) + ": " + status);
            }
        }
        assertTrue(server.backend.requests.isEmpty());

        assertEquals(
                200,
                send("POST", PRELABELS, "x", "Content-Type", "image/png", "Cookie", cookie, "Origin", origin())
                        .statusCode());
        assertEquals(
                200,
                send(
                                "POST",
                                PRELABELS,
                                "x",
                                "Content-Type",
                                "image/png",
                                "Cookie",
                                cookie,
                                "Sec-Fetch-Site",
                                "same-origin")
                        .statusCode());
        assertEquals(
                401,
                send("GET", "/v1/models", "", "Cookie", cookie, "Sec-Fetch-Site", "same-site", "Origin", origin())
                        .statusCode());
    }

    @Test
    void session_endsByLogout_andWithItsToken() throws Exception {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        String first = logIn(token);
        String second = logIn(token);
        HttpResponse<String> out = send("POST", "/logout", "", "Cookie", first, "Origin", origin());
        assertEquals(204, out.statusCode());
        assertTrue(cookies(out).stream().allMatch(cookie -> cookie.contains("Max-Age=0")), () -> "" + cookies(out));
        assertEquals(401, send("GET", "/v1/models", "", "Cookie", first).statusCode());
        assertEquals(200, send("GET", "/v1/models", "", "Cookie", second).statusCode());

        server.backend.tokens.revoke(Tenant.LOCAL, "t0", "me");
        assertEquals(401, send("GET", "/v1/models", "", "Cookie", second).statusCode());
    }

    /// The proxy speaks HTTP to the server, and hands on what the browser says: the authority, and an origin that is encrypted.
    @Test
    void behindAProxyThatEndsTls_thePageLogsInAndOutAndWorks_withTheCookieOfTls() throws Exception {
        String outside = origin().replace("http://", "https://");
        String token = server.backend.tokens.with(Scope.PRELABEL);
        HttpResponse<String> answer = send(
                "POST", "/login", "{\"token\": \"" + token + "\"}", "Origin", outside, "Sec-Fetch-Site", "same-origin");
        assertEquals(204, answer.statusCode(), answer.body());
        String cookie = cookies(answer).getFirst();
        assertTrue(cookie.startsWith("__Host-firstpass-session=") && cookie.contains("; Secure;"), cookie);
        String session = cookie.split(";", 2)[0];
        assertEquals(
                200,
                send("GET", "/v1/models", "", "Cookie", session, "Sec-Fetch-Site", "same-origin")
                        .statusCode());
        // Whoever has a neighbouring name can set the one without TLS, and have it stand first.
        String planted = "firstpass-session=" + logIn(token).split("=", 2)[1] + "; firstpass-session=x; ";
        assertEquals(
                204,
                send("POST", "/logout", "", "Cookie", planted + logInOverTls(token, outside), "Origin", outside)
                        .statusCode());
        assertEquals(
                200,
                send("GET", "/v1/models", "", "Cookie", planted.replaceFirst(";.*", ""))
                        .statusCode(),
                "it was the other session that ended");
        assertEquals(
                401,
                send("GET", "/v1/models", "", "Cookie", planted + "__Host-firstpass-session=y")
                        .statusCode());
        for (String wrong : List.of(outside + "0", "https://127.0.0.1", "https://evil.example")) {
            assertEquals(
                    403,
                    send("POST", PRELABELS, "x", "Content-Type", "image/png", "Cookie", session, "Origin", wrong)
                            .statusCode(),
                    wrong);
        }
        assertEquals(
                200,
                send("POST", PRELABELS, "x", "Content-Type", "image/png", "Cookie", session, "Origin", outside)
                        .statusCode());
        assertEquals(
                204,
                send("POST", "/logout", "", "Cookie", session, "Origin", outside)
                        .statusCode());
        assertEquals(401, send("GET", "/v1/models", "", "Cookie", session).statusCode());
    }

    @Test
    void wrongTokens_areCounted() throws Exception {
        for (String wrong : List.of("hunter2", "", "fp_nobodys")) {
            assertEquals(
                    401,
                    send("POST", "/login", "{\"token\": \"" + wrong + "\"}").statusCode());
        }
        String scraped = send(
                        client,
                        "GET",
                        server.listeners.managementUri().resolve("/metrics"),
                        "",
                        "Authorization",
                        "Bearer " + server.backend.tokens.with(Scope.METRICS))
                .body();
        assertTrue(scraped.contains("firstpass_access_refused_total{reason=\"MISSING\"} 1.0"), scraped);
        assertTrue(scraped.contains("firstpass_access_refused_total{reason=\"MALFORMED\"} 2.0"), scraped);
    }

    /// Whoever does not know a session's id can end none, and none is kept for it.
    @Test
    void logout_ofNoSession_changesNothing() throws Exception {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        String session = logIn(token);
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    204,
                    send("POST", "/logout", "", "Authorization", "Bearer " + token, "Cookie", "firstpass-session=x" + i)
                            .statusCode());
        }
        assertEquals(200, send("GET", "/v1/models", "", "Cookie", session).statusCode());
    }

    @Test
    void overTls_theCookieIsOfThatAlone(@TempDir Path temp) throws Exception {
        TestPki authority = new TestPki("authority");
        IdentityConfig identity = new IdentityConfig(
                Optional.of(authority.issue("server").write(temp, "server")), Map.of(), Optional.empty());
        try (TestServer encrypted = TestServer.identified(Authentication.TOKENS, identity);
                HttpClient https =
                        HttpClient.newBuilder().sslContext(authority.client()).build()) {
            String token = encrypted.backend.tokens.with(Scope.PRELABEL);
            HttpResponse<String> answer =
                    send(https, "POST", encrypted.uri("/login"), "{\"token\": \"" + token + "\"}");
            String cookie = cookies(answer).getFirst();
            assertTrue(cookie.startsWith("__Host-firstpass-session=") && cookie.contains("; Secure;"), cookie);
            URI models = encrypted.uri("/v1/models");
            String session = cookie.split(";", 2)[0];
            assertEquals(200, send(https, "GET", models, "", "Cookie", session).statusCode());
            String renamed = session.replace("__Host-", "");
            assertEquals(401, send(https, "GET", models, "", "Cookie", renamed).statusCode());
            String unencrypted = "http://" + encrypted.uri("/").getRawAuthority();
            assertEquals(
                    403,
                    send(https, "GET", models, "", "Cookie", session, "Origin", unencrypted)
                            .statusCode());
        }
    }
}
