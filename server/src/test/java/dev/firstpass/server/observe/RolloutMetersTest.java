package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.rollout.StopReason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RolloutMetersTest {
    private static final ModelRef.Aliased ALIAS = new ModelRef.Aliased(new ModelName("weeds"), "production");

    private final Metrics metrics = new Metrics();
    private final RolloutMeters meters = new RolloutMeters(metrics.registry());

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void events_areCountedByArmAndResult() {
        meters.ended(ALIAS, Arm.STABLE, false);
        meters.ended(ALIAS, Arm.CANARY, true);
        meters.ended(ALIAS, Arm.CANARY, true);
        meters.stopped(ALIAS, StopReason.LATENCY);
        meters.compared(ALIAS, new Agreement(1, 3, 2, 1, 1, 2.4, 0, 0));
        meters.lost(ALIAS, true);
        meters.lost(ALIAS, false);

        String of = "{alias=\"production\",";
        assertShown("firstpass_rollout_requests_total" + of + "arm=\"stable\",model=\"weeds\",result=\"ok\"} 1.0");
        assertShown("firstpass_rollout_requests_total" + of + "arm=\"canary\",model=\"weeds\",result=\"error\"} 2.0");
        assertShown("firstpass_rollout_stops_total" + of + "model=\"weeds\",reason=\"latency\"} 1.0");
        for (String result : new String[] {"compared", "failed", "dropped"}) {
            assertShown("firstpass_shadow_runs_total" + of + "model=\"weeds\",result=\"" + result + "\"} 1.0");
        }
        assertShown("firstpass_shadow_matched_sum" + of + "model=\"weeds\"} 0.75");
        assertShown("firstpass_shadow_overlap_count" + of + "model=\"weeds\"} 1");
    }

    private void assertShown(String line) {
        String shown = metrics.scrape();
        assertTrue(shown.lines().anyMatch(line::equals), shown);
    }
}
