package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.server.Server;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.config.QuotaConfig;
import dev.firstpass.server.frontend.FakeBackend;
import dev.firstpass.server.frontend.FrontendContext;
import dev.firstpass.server.frontend.OpenStreams;
import dev.firstpass.server.frontend.Operations;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.RequestThreads;
import dev.firstpass.server.frontend.Routes;
import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.UnreadAnswers;
import dev.firstpass.server.security.Authenticator;
import dev.firstpass.server.security.Gatekeeper;
import dev.firstpass.server.security.Quotas;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// How a page and its samples are served, on a page of two files and two samples.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageFilesTest {
    private final FakeBackend backend = new FakeBackend();
    private final RequestThreads threads = new RequestThreads();
    private Server server;

    @BeforeAll
    void start() {
        FrontendContext context = new FrontendContext(
                backend.backend(),
                Limits.STANDARD,
                threads,
                () -> true,
                new Operations(threads, InstantSource.system(), Operations.InFlight.IGNORED),
                new OpenStreams(),
                new UnreadAnswers(Limits.STANDARD, 1 << 20, System::nanoTime));
        var builder = Server.builder().http(0);
        Routes routes = new Routes(
                builder,
                new Gatekeeper(
                        Authenticator.NONE,
                        new Quotas(
                                QuotaConfig.NONE,
                                System::nanoTime,
                                InstantSource.system(),
                                backend.metrics().registry()),
                        backend.metrics().registry(),
                        System::nanoTime));
        new PageFrontend("page-fixture/").addTo(routes, context);
        new SamplesFrontend("samples-fixture/").addTo(routes, context);
        server = builder.build();
        server.start().join();
    }

    @AfterAll
    void stop() {
        server.stop().join();
        threads.close();
        backend.metrics().close();
    }

    private Answer get(String path, String... headers) {
        return RawHttp.send(server.activeLocalPort(), "GET " + path + " HTTP/1.1\n" + String.join("\n", headers));
    }

    @Test
    void page_mayLoadAndBeLoadedFromItsOwnOriginOnly() {
        Answer page = get("/");

        assertEquals(200, page.status());
        assertEquals("text/html; charset=utf-8", page.header("content-type"));
        assertTrue(page.body().startsWith("<!doctype html>"), page.body());
        String policy = page.header("content-security-policy");
        assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'; "), policy);
        assertTrue(policy.contains("frame-ancestors 'none'"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertFalse(policy.contains("http"), policy);
        assertEquals("DENY", page.header("x-frame-options"));
        assertEquals("same-origin", page.header("cross-origin-opener-policy"));
    }

    @Test
    void file_thatIsKnown_isNotSentAgain() {
        Answer first = get("/js/app.js");
        Answer second = get("/js/app.js", "If-None-Match: " + first.header("etag"));
        Answer other = get("/js/app.js", "If-None-Match: \"other\"");

        assertEquals("text/javascript; charset=utf-8", first.header("content-type"));
        assertEquals("no-cache", first.header("cache-control"));
        assertEquals(304, second.status());
        assertEquals("", second.body());
        assertEquals(200, other.status());
        assertEquals(first.body(), other.body());
    }

    @Test
    void samples_areImagesOnlyWithWhatIsKnownOfThem() {
        JsonNode samples = TestServer.json(get("/samples").body()).path("samples");

        assertEquals(1, samples.size());
        assertEquals("dot.png", samples.path(0).path("name").textValue());
        assertEquals("image/png", samples.path(0).path("mediaType").textValue());
        assertEquals("A dot", samples.path(0).path("title").textValue());
        assertEquals("image/png", get("/samples/dot.png").header("content-type"));
        assertEquals(500, get("/samples/notes.txt").status(), "no listener renders errors here");
    }
}
