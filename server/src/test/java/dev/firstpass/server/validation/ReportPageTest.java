package dev.firstpass.server.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.firstpass.registry.validation.Check;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.frontend.TestVersions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReportPageTest {
    private static final String EVIL = "\"><script>alert('x')</script>&";

    @Test
    void page_isAsInTheFile() throws IOException {
        String page = page("golden/a.jpg", "dog", "dog at 133,220: not found");
        String body = page.substring(page.indexOf("<body>"));
        try (InputStream in = ReportPageTest.class.getResourceAsStream("/validation/page-body.html")) {
            if (in == null) {
                throw new IllegalStateException("page-body.html");
            }
            assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), body);
        }
    }

    @Test
    void whatAModelOrItsBundleSays_isTextAndNothingElse() {
        String page = page(EVIL, EVIL, EVIL);
        assertFalse(page.contains("<script"), page);
        assertFalse(page.contains("\">&"), page);
    }

    private static String page(String image, String label, String deviation) {
        ValidationReport report = new ValidationReport(
                Instant.parse("2026-11-26T19:00:00Z"),
                1940,
                "cpu",
                List.of(
                        new Check("photo", Check.Outcome.PASSED, "7 labels"),
                        new Check(image, Check.Outcome.FAILED, deviation)),
                Map.of(),
                List.of(new GoldenResult(
                        image,
                        "golden/a.json",
                        0.9,
                        0.05,
                        List.of(
                                new GoldenResult.ClassResult(label, 2, 1, 1, 0.95, 0.01),
                                new GoldenResult.ClassResult("cat", 0, 1, 0, 1, 0)),
                        List.of(deviation),
                        "[]")));
        return ReportPage.of(
                TestVersions.version("weeds", 2),
                report,
                Map.of(image, List.of(new SamplePictures.Drawn("expected", new byte[] {1, 2, 3}))));
    }
}
