package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RolloutFiguresTest {
    private static List<String> lines(String json) throws Exception {
        return RolloutFigures.lines(new ObjectMapper().readTree(json));
    }

    @Test
    void lines_ofARolloutWithAShadow_haveBothArmsAndTheWarning() throws Exception {
        String text = String.join("\n", lines("""
                {"stable": 1, "since": "2026-11-26T12:00:00Z",
                 "arms": {"stable": {"requests": 80, "cached": 7, "errors": 0, "labels": 240, "meanScore": 0.71234,
                                     "millis": {"count": 73, "p50": 20.04, "p90": 31, "p99": 48}},
                          "canary": {"requests": 20, "cached": 0, "errors": 3, "labels": 0,
                                     "millis": {"count": 17, "p50": 21, "p90": 33, "p99": 50}}},
                 "agreement": {"compared": 70, "failed": 1, "dropped": 9, "matched": 0.9512, "meanOverlap": 0.8871,
                               "sameLabel": 0.99, "meanScoreShift": -0.01234, "countDifference": -4,
                               "stableMillis": {"p50": 15}, "shadowMillis": {"p50": 9}, "note": "it is not quality"}}
                """));

        assertTrue(text.contains("stable  80        7       0       20.0"), text);
        assertTrue(text.contains("canary  20        0       3       21.0"), text);
        assertTrue(text.contains("shadow: 70 compared, 1 failed, 9 dropped"), text);
        assertTrue(text.contains("labels that both have: 0.951, their overlap: 0.887, the same label: 0.990"), text);
        assertTrue(text.contains("score shift: -0.0123, labels more or less: -4"), text);
        assertTrue(text.contains("it is not quality"), text);
    }

    @Test
    void lines_ofAShadowThatHasComparedNothing_haveNoShares() throws Exception {
        assertTrue(lines("""
                {"since": "2026-11-26T12:00:00Z", "arms": {"stable": {}},
                 "agreement": {"compared": 0, "failed": 0, "dropped": 0, "countDifference": 0,
                               "stableMillis": {"count": 0}, "shadowMillis": {"count": 0}, "note": "it is not quality"}}
                """).contains("  labels that both have: -, their overlap: -, the same label: -"));
    }

    @Test
    void lines_afterACanaryWasStopped_sayWhyFirst() throws Exception {
        assertEquals(
                "version 3 was stopped at 2026-11-26T12:00:00Z for its errors: 9 of 40 requests failed (stable: 0 of 160)",
                lines("""
                        {"since": "2026-11-26T12:00:00Z", "arms": {"stable": {}},
                         "stopped": {"canary": 3, "at": "2026-11-26T12:00:00Z", "reason": "errors",
                                     "detail": "9 of 40 requests failed (stable: 0 of 160)"}}
                        """).getFirst());
    }
}
