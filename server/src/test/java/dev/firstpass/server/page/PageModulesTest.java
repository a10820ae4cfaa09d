package dev.firstpass.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.impl.driver.Driver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Runs the tests of the page's pure modules, `src/test/page/*.test.mjs`, with the Node that Playwright brings: the
/// build asks for no other.
final class PageModulesTest {
    @Test
    void modules_theirOwnTests_pass() throws IOException, InterruptedException {
        List<String> tests = tests();
        assertTrue(tests.size() >= 6, tests::toString);
        List<String> command = new ArrayList<>();
        command.add(node());
        command.add("--test");
        command.add("--test-reporter=spec");
        command.addAll(tests);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    private static List<String> tests() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src", "test", "page"))) {
            return files.map(Path::toString)
                    .filter(name -> name.endsWith(".test.mjs"))
                    .sorted()
                    .toList();
        }
    }

    private static String node() {
        return Driver.ensureDriverInstalled(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"), false)
                .createProcessBuilder()
                .command()
                .getFirst();
    }
}
