package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.rollout.ArmReport;
import dev.firstpass.server.rollout.Latencies;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.rollout.ShadowReport;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class RolloutJsonTest {
    private static final Latencies NONE = new Latencies(0, 0, 0, 0);

    private static String agreement(Agreement agreement) {
        ObjectNode body = Json.object();
        RolloutJson.add(
                body,
                new RolloutReport(
                        Instant.EPOCH,
                        new ArmReport(0, 0, 0, NONE, 0, OptionalDouble.empty()),
                        Optional.empty(),
                        Optional.of(new ShadowReport(agreement, 0, 0, NONE, NONE)),
                        Optional.empty()));
        ObjectNode json = (ObjectNode) body.get("agreement");
        json.remove("note");
        return json.toString();
    }

    @Test
    void add_beforeAnythingWasCompared_tellsNoShare() {
        assertEquals(
                "{\"compared\":0,\"failed\":0,\"dropped\":0,\"countDifference\":0,"
                        + "\"stableMillis\":{\"count\":0},\"shadowMillis\":{\"count\":0}}",
                agreement(Agreement.NONE));
    }

    @Test
    void add_whereBothFoundNothing_tellsThatTheyAgree() {
        assertEquals(
                "{\"compared\":1,\"failed\":0,\"dropped\":0,\"matched\":1.0,\"countDifference\":0,"
                        + "\"stableMillis\":{\"count\":0},\"shadowMillis\":{\"count\":0}}",
                agreement(new Agreement(1, 0, 0, 0, 0, 0, 0, 0)));
    }
}
