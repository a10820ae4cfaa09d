package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.TestServer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// The page of a server that asks for tokens, in a real browser: it is asked for once, and its scripts' requests have it.
@Isolated
final class GuardedPageTest {
    @AutoClose
    private final Chromium chromium = Chromium.launch();

    @AutoClose
    private final TestServer server = TestServer.guarded();

    @Test
    void page_withATokenAsPassword_comesWithAllThatItAsksFor() {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        try (BrowserContext context = chromium.of("somebody", token)) {
            Page page = chromium.open(context, server.uri("/"));
            assertEquals(200, page.evaluate("fetch('/v1/models').then(answer => answer.status)"));
        }
        chromium.requireQuiet();
    }

    @Test
    void page_withoutOne_isRefused() {
        try (BrowserContext context = chromium.of("somebody", "hunter2")) {
            Page page = context.newPage();
            assertEquals(401, page.navigate(server.uri("/").toString()).status());
        }
    }
}
