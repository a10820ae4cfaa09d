package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.frontend.TestServer;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// The page and the console of a server that asks for tokens, in a real browser: people log in once for both.
@Isolated
final class GuardedPageTest {
    @AutoClose
    private final Chromium chromium = Chromium.launch();

    @AutoClose
    private final TestServer server = TestServer.guarded();

    private static void shoot(Page page, String name) {
        String folder = System.getProperty("firstpass.screenshots", "");
        if (!folder.isEmpty()) {
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of(folder, name + ".png")));
        }
    }

    @Test
    void people_logIn_useBothPages_andLogOut() {
        String token = server.backend.tokens.with(Scope.PRELABEL, Scope.ADMIN);
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = chromium.listen(context, server.uri("/"));
            page.navigate(server.uri("/").toString());
            assertEquals(server.uri("/login").toString(), page.url());
            shoot(page, "login");

            page.fill("#token", "hunter2");
            page.click("#enter");
            page.waitForSelector("#problem:not([hidden])");
            assertTrue(page.textContent("#problem").contains("not taken"));
            shoot(page, "login-refused");
            chromium.takeBack(Chromium.FAILED_REQUEST);

            page.fill("#token", token);
            page.press("#token", "Enter");
            page.waitForSelector("body[data-state=empty]");
            assertEquals(server.uri("/").toString(), page.url());
            assertEquals(200, page.evaluate("fetch('/v1/models').then(answer => answer.status)"));
            assertFalse(String.valueOf(page.evaluate("document.cookie")).contains("session"), "no script reads it");
            assertTrue(page.isVisible("#logout"));
            shoot(page, "logged-in");

            URI console = server.listeners.managementUri();
            Page other = chromium.listen(context, console);
            other.navigate(console.toString());
            other.waitForSelector("#logout:not([hidden])");
            shoot(other, "console");

            page.click("#logout");
            page.waitForURL(server.uri("/login").toString());
            page.waitForSelector("#token");
            page.navigate(server.uri("/").toString());
            assertEquals(server.uri("/login").toString(), page.url());
        }
        chromium.requireQuiet();
    }

    /// A session whose token was revoked, while the page is open.
    @Test
    void sessionThatIsOver_asksForATokenAnew() {
        String token = server.backend.tokens.with(Scope.PRELABEL);
        try (BrowserContext context = chromium.phone(ColorScheme.DARK)) {
            Page page = chromium.listen(context, server.uri("/"));
            page.navigate(server.uri("/").toString());
            shoot(page, "login-phone");
            page.fill("#token", token);
            page.press("#token", "Enter");
            page.waitForSelector("body[data-state=empty]");
            server.backend.tokens.revoke(Tenant.LOCAL, "t0", "me");

            // Not waited for: it ends with the page.
            page.evaluate("void import('./api.js').then(api => api.models()).catch(() => 0)");
            page.waitForURL(server.uri("/login").toString());
            chromium.takeBack(Chromium.FAILED_REQUEST);
        }
    }
}
