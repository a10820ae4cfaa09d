package dev.firstpass.server.frontend.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.frontend.StatusReport;
import dev.firstpass.server.frontend.WorkerDescription;
import dev.firstpass.server.runtime.batch.QueueState;
import dev.firstpass.server.runtime.batch.RunCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What `/v1/status` tells whom of one state of a server that three tenants use, each with a model `coco`; one tenant's name
/// begins with another's.
final class StatusFrontendTest {
    private static final Tenant ACME = new Tenant("acme");
    private static final Tenant ACMEX = new Tenant("acmex");

    private static final StatusReport REPORT = new StatusReport(
            Duration.ofSeconds(90),
            true,
            List.of(new StatusReport.Device("cpu", 1 << 30, 3 << 20)),
            Stream.of("local", "local/common", "acme", "acme/theirs", "acmex")
                    .map(group -> new WorkerDescription(
                            group, "cpu", "onnx", Optional.of(1L), List.of("connecting"), List.of()))
                    .toList(),
            Stream.of(Tenant.LOCAL, ACME, ACMEX)
                    .map(StatusFrontendTest::version)
                    .toList(),
            Stream.of(Tenant.LOCAL, ACME, ACMEX)
                    .map(tenant -> new StatusReport.Split(
                            new ModelRef.Aliased(new ModelName(tenant, "coco"), "production"), 1, new Rollout(2, 10)))
                    .toList(),
            new TreeMap<>(Map.of("OK", 12L, "MODEL_NOT_FOUND", 3L)));

    private static StatusReport.Version version(Tenant tenant) {
        return new StatusReport.Version(
                new ModelRef.Numbered(new ModelName(tenant, "coco"), 1),
                Residency.SERVING,
                List.of("production"),
                Map.of("cpu", 1L << 20),
                Optional.of(new QueueState(
                        tenant.value().length(), 0, 0, Duration.ZERO, Duration.ZERO, 0, 0, RunCounts.NONE)));
    }

    private static JsonNode told(Tenant tenant) {
        return StatusFrontend.json(REPORT, tenant);
    }

    private static List<String> texts(JsonNode array, String field) {
        return array.valueStream().map(each -> each.path(field).asText()).toList();
    }

    @Test
    void anotherTenant_isToldOfItsOwnAlone() {
        JsonNode told = told(ACME);

        assertEquals(List.of("coco@1"), texts(told.path("versions"), "ref"));
        assertEquals(4, told.at("/versions/0/queue/rows").asInt());
        assertEquals(List.of("coco@production"), texts(told.path("rollouts"), "alias"));
        assertEquals(List.of("acme", "acme/theirs"), texts(told.path("workers"), "group"));
        assertEquals(0, told.path("devices").size());
        assertEquals(0, told.path("requests").size());
        assertFalse(told.toString().contains("acmex"), told::toString);
        assertFalse(told.toString().contains("local"), told::toString);
    }

    @Test
    void tenantWhoseNameBeginsWithAnothers_isToldOfItsOwnAlone() {
        JsonNode told = told(ACMEX);

        assertEquals(5, told.at("/versions/0/queue/rows").asInt());
        assertEquals(1, told.path("versions").size());
        assertEquals(1, told.path("rollouts").size());
        assertEquals(List.of("acmex"), texts(told.path("workers"), "group"));
    }

    @Test
    void operator_isToldOfAll_andWhoseItIs() {
        JsonNode told = told(Tenant.LOCAL);

        assertEquals(List.of("coco@1", "acme/coco@1", "acmex/coco@1"), texts(told.path("versions"), "ref"));
        assertEquals(List.of("", "acme", "acmex"), texts(told.path("versions"), "tenant"));
        assertEquals(
                List.of("coco@production", "acme/coco@production", "acmex/coco@production"),
                texts(told.path("rollouts"), "alias"));
        assertEquals(List.of("", "acme", "acmex"), texts(told.path("rollouts"), "tenant"));
        assertEquals(5, told.path("workers").size());
        assertEquals(1, told.path("devices").size());
        assertEquals(3, told.at("/requests/MODEL_NOT_FOUND").asInt());
    }

    @Test
    void whoHasNothing_isToldOfNothing() {
        JsonNode told = told(new Tenant("beta"));

        for (String part : List.of("versions", "rollouts", "workers", "devices", "requests")) {
            assertEquals(0, told.path(part).size(), part);
        }
    }
}
