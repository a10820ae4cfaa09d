package dev.firstpass.server.page;

import static dev.firstpass.server.page.PageActions.screenshot;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitForSelectorState;
import dev.firstpass.registry.Expected;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Rollout;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.e2e.RunningDemo;
import dev.firstpass.server.e2e.SizedModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The console in Chromium against a whole server: what is clicked happens in the registry, and nothing else does.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConsoleTest {
    private static final ModelName WEEDS = new ModelName("weeds");

    private final Chromium chromium = Chromium.launch();

    @TempDir
    static Path folder;

    private FirstpassServer server;

    @BeforeAll
    void start() throws Exception {
        server = FirstpassServer.start(folder.resolve("data"), RunningDemo.ON_LOOPBACK, RuntimeConfig.forCores(2));
        for (int number = 1; number <= 4; number++) {
            Path file = SizedModel.write(folder.resolve("weeds.onnx"), number, 1 << 16);
            var _ = server.runtime().register(WEEDS, file, Optional.empty(), ProgressListener.NONE);
        }
        Path other = SizedModel.write(folder.resolve("rows.onnx"), 9, 1 << 16);
        var _ = server.runtime().register(new ModelName("rows"), other, Optional.empty(), ProgressListener.NONE);
    }

    @BeforeEach
    void productionIsTheSecond() {
        server.runtime().moveAlias(WEEDS, ModelRef.PRODUCTION, 1, new Expected.Anything());
        server.runtime().moveAlias(WEEDS, ModelRef.PRODUCTION, 2, new Expected.Anything());
    }

    @AfterAll
    void close() {
        chromium.close();
        server.close();
    }

    @AfterEach
    void nothingWasComplainedOf() {
        chromium.requireQuiet();
    }

    private Page open(BrowserContext context) {
        URI console = URI.create("http://127.0.0.1:" + server.managementPort() + "/");
        Page page = chromium.listen(context, console);
        page.navigate(console + "#weeds");
        page.waitForSelector("body[data-state=ready]");
        return page;
    }

    private long production() {
        return server.runtime()
                .registry()
                .resolve(new ModelRef.Aliased(WEEDS, ModelRef.PRODUCTION))
                .number();
    }

    private static Locator button(Page page, String label) {
        return page.locator("#model [aria-label='" + label + "']");
    }

    @Test
    void models_showVersionsAndWhatIsInProduction() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);

            assertEquals(
                    List.of("rows", "weeds"),
                    page.locator("#models a:not(.of-server)").all().stream()
                            .map(link -> link.innerText()
                                    .lines()
                                    .findFirst()
                                    .orElse("")
                                    .strip())
                            .toList());
            assertEquals(
                    "version 2",
                    page.locator("[data-alias=production] td").first().innerText());
            assertEquals(4, page.locator("#versions tbody tr").count());
            assertTrue(page.locator("#history").innerText().contains("alias production"));
            screenshot(page, "console");

            page.locator("#models a:not(.of-server)").first().click();
            page.waitForSelector("#model h2:text-is('rows')");
        }
    }

    @Test
    void status_showsWhatIsInMemory_andWhatHappensNow() throws Exception {
        server.runtime().rollOut(WEEDS, ModelRef.PRODUCTION, new Rollout(4, 20).withShadow(3, 50));
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT);
                BrowserContext phone = chromium.phone(ColorScheme.DARK)) {
            Page page = open(context);
            page.locator("#models .of-server").click();
            page.waitForSelector("#model h2:text-is('Status')");

            assertEquals("ready", page.locator("#ready").innerText());
            assertTrue(page.locator("#queues [data-ref='weeds@2']").innerText().contains("serving"));
            assertEquals(1, page.locator("#devices [data-device=cpu]").count());
            assertTrue(page.locator("#rollouts").innerText().contains("version 4, 20 % of the assets"));
            assertEquals(0, page.locator("[data-reason=MODEL_NOT_FOUND]").count());

            ask(server.url() + "v1/models/nobody/prelabels");
            page.waitForSelector("[data-reason=MODEL_NOT_FOUND] td:has-text('/s')");
            screenshot(page, "console-status");
            page.locator("#queues a:text-is('weeds@2')").click();
            page.waitForSelector("#model h2:text-is('weeds')");

            Page small = open(phone);
            small.locator("#models .of-server").click();
            small.waitForSelector("#model h2:text-is('Status')");
            screenshot(small, "console-status-phone");
        } finally {
            server.runtime().registry().endRollout(WEEDS, ModelRef.PRODUCTION);
        }
    }

    private static void ask(String address) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                    .header("Content-Type", "image/png")
                    .POST(HttpRequest.BodyPublishers.ofString("."))
                    .build();
            assertEquals(
                    404,
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
        }
    }

    @Test
    void alias_isMovedAfterAConfirmation_andRolledBack() {
        try (BrowserContext context = chromium.desktop(ColorScheme.DARK)) {
            Page page = open(context);

            button(page, "Move production").click();
            page.locator("#confirm-version").selectOption("3");
            screenshot(page, "console-move");
            page.locator("#confirm-cancel").click();
            assertEquals(2, production());

            button(page, "Move production").click();
            page.locator("#confirm-version").selectOption("3");
            page.locator("#confirm-do").click();
            page.waitForSelector("[data-alias=production] td:text-is('version 3')");
            assertEquals(3, production());

            button(page, "Roll production back").click();
            page.locator("#confirm-do").click();
            page.waitForSelector("[data-alias=production] td:text-is('version 2')");
            assertEquals(2, production());
        }
    }

    /// Somebody else was quicker: what was confirmed is not what would happen.
    @Test
    void alias_thatSomebodyMovedMeanwhile_staysWhereItIs() {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);
            button(page, "Move production").click();
            page.locator("#confirm-version").selectOption("3");
            server.runtime().moveAlias(WEEDS, ModelRef.PRODUCTION, 4, new Expected.Anything());

            page.locator("#confirm-do").click();

            page.waitForSelector("#confirm-problem:not([hidden])");
            assertTrue(page.locator("#confirm-problem").innerText().contains("4"));
            assertEquals(4, production());
            chromium.takeBack(Chromium.FAILED_REQUEST);
        }
    }

    @Test
    void rollout_isShownAndEnded() {
        server.runtime().rollOut(WEEDS, ModelRef.PRODUCTION, new Rollout(4, 20).withShadow(3, 50));
        try (BrowserContext context = chromium.phone(ColorScheme.LIGHT)) {
            Page page = open(context);

            assertTrue(page.locator("#rollout-production").innerText().contains("Version 4 answers for 20 %"));
            assertEquals(2, page.locator("#rollout-production [data-arm]").count());
            assertTrue(page.locator("#rollout-production").innerText().contains("is not quality"));
            screenshot(page, "console-phone");
            button(page, "End the rollout of production").click();
            page.locator("#confirm-do").click();
            page.waitForSelector(
                    "#rollout-production", new Page.WaitForSelectorOptions().setState(WaitForSelectorState.DETACHED));
            assertEquals(
                    Optional.empty(), server.runtime().registry().model(WEEDS).rollout(ModelRef.PRODUCTION));
        }
    }

    @Test
    void version_thatIsInUse_cannotBeRetired_othersCan() throws IOException {
        try (BrowserContext context = chromium.desktop(ColorScheme.LIGHT)) {
            Page page = open(context);

            assertTrue(button(page, "Retire version 2").isDisabled());
            button(page, "Retire version 1").click();
            page.locator("#confirm-do").click();
            page.waitForSelector("[data-version='1'] [data-state=RETIRED]");
            var _ = server.runtime()
                    .register(
                            WEEDS,
                            SizedModel.write(folder.resolve("weeds.onnx"), 1, 1 << 16),
                            Optional.empty(),
                            ProgressListener.NONE);
        }
    }
}
