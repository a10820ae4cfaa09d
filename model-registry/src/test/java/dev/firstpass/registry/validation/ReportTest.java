package dev.firstpass.registry.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Reports against the files in `validation/`.
final class ReportTest {
    private static final ValidationReport FAILED = new ValidationReport(
            Instant.parse("2026-11-26T19:00:00Z"),
            1940,
            "cpu",
            List.of(
                    new Check("files", Check.Outcome.PASSED, "3 as registered"),
                    new Check("batches", Check.Outcome.NOTED, "at most 1 of the 16 rows that it claims"),
                    new Check("golden/a.jpg", Check.Outcome.FAILED, "golden/a.jpg: dog at 133,220: not found"),
                    new Check("golden/b.jpg", Check.Outcome.SKIPPED, "not looked at after what failed")),
            Map.of("main", 1),
            List.of(new GoldenResult(
                    "golden/a.jpg",
                    "golden/a.json",
                    0.9,
                    0.05,
                    List.of(new GoldenResult.ClassResult("dog", 2, 1, 1, 0.95, 0.01)),
                    List.of("dog at 133,220: not found (expected: >= 0.900)"),
                    "[{\"type\":\"box\",\"label\":\"dog\"}]")));

    @Test
    void text_isAsInTheFile() throws IOException {
        assertEquals(resource("report.txt"), String.join("\n", ReportText.of("weeds@2", FAILED)) + "\n");
    }

    @Test
    void json_isAsInTheFile_andReadsBack() throws IOException {
        JsonMapper json = new JsonMapper();
        assertEquals(
                json.readTree(resource("report.json")),
                json.readTree(ReportJson.write(FAILED).toString()));
        assertEquals(FAILED, ReportJson.read(resource("report.json")));
    }

    @Test
    void failure_isTheFirstOne() {
        assertEquals(Optional.of("golden/a.jpg: dog at 133,220: not found"), FAILED.failure());
    }

    @Test
    void whatIsNoReport_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> ReportJson.read("{}"));
        assertThrows(IllegalArgumentException.class, () -> ReportJson.read("no JSON"));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ReportTest.class.getResourceAsStream("/validation/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
