package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// Chromium, and what it complains of while it shows the page: console errors and warnings, script errors, and
/// requests to any other origin.
///
/// For one thread. Who launches it closes it.
final class Chromium implements AutoCloseable {
    /// What Chromium itself writes when an answer is an error; the page cannot keep it from doing so.
    static final String FAILED_REQUEST = "Failed to load resource";

    private static final Path PROGRAM = Path.of("/usr/bin/chromium");

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new ArrayList<>();

    private Chromium(Playwright playwright) {
        this.playwright = playwright;
        this.browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(PROGRAM)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--no-first-run")));
    }

    /// @throws org.opentest4j.TestAbortedException if it is not installed; the reason is printed as well, because a
    ///     skipped test is easily overlooked
    static Chromium launch() {
        if (!Files.isExecutable(PROGRAM)) {
            String reason = "The page is not tested: " + PROGRAM + " is missing (.ci/run installs it)";
            System.out.println(reason);
            Assumptions.abort(reason);
        }
        return new Chromium(Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))));
    }

    BrowserContext desktop(ColorScheme scheme) {
        return browser.newContext(
                new Browser.NewContextOptions().setViewportSize(1440, 900).setColorScheme(scheme));
    }

    BrowserContext phone(ColorScheme scheme) {
        return browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(390, 844)
                .setHasTouch(true)
                .setIsMobile(true)
                .setColorScheme(scheme));
    }

    /// The page, empty, in a new tab.
    Page open(BrowserContext context, URI server) {
        Page page = listen(context, server);
        page.navigate(server.toString());
        page.waitForSelector("body[data-state=empty]");
        return page;
    }

    /// A new tab that may ask nobody but `server`.
    Page listen(BrowserContext context, URI server) {
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onRequest(request -> {
            if (!request.url().startsWith(server.toString()) && !request.url().startsWith("blob:" + server)) {
                complaints.add("foreign request: " + request.url());
            }
        });
        return page;
    }

    /// Forgets complaints that a test provoked on purpose; there must be at least one.
    void takeBack(String beginning) {
        assertTrue(complaints.removeIf(complaint -> complaint.startsWith(beginning)), complaints::toString);
    }

    /// Fails if anything was complained of since the last call.
    void requireQuiet() {
        List<String> heard = List.copyOf(complaints);
        complaints.clear();
        assertEquals(List.of(), heard);
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
