package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.failure.FailureException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;

/// What `doctor` asks a server that runs on the data directory: how it stands, by its `/v1/status`. Where none runs, nothing.
///
/// Immutable; asks once, when the checks are made.
///
/// @param data the data directory
record ServerChecks(Path data) {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Half of what a request usually has.
    private static final double OLD_MILLIS = 15_000;

    private static final double FULL = 0.95;
    private static final double MIB = 1L << 20;

    List<DoctorCheck> all() {
        return ServerFile.findAlive(data).map(ServerChecks::of).orElse(List.of());
    }

    private static List<DoctorCheck> of(ServerFile server) {
        JsonNode status;
        try (HttpCalls calls = new HttpCalls(server.management())) {
            status = calls.sendForJson(calls.to("v1/status").timeout(PATIENCE).build());
        } catch (CliException | FailureException e) {
            return List.of(new DoctorCheck(
                    "server",
                    () -> Finding.fail(
                            server + ": " + e.getMessage(), "look at its log; docs/runbooks/down.md says what to do")));
        }
        return List.of(
                new DoctorCheck("server", () -> server(server, status)),
                new DoctorCheck("models", () -> models(status)),
                new DoctorCheck("queues", () -> queues(status)),
                new DoctorCheck("memory", () -> memory(status)),
                new DoctorCheck("walls", () -> walls(status)));
    }

    private static Finding server(ServerFile server, JsonNode status) {
        String seen = server + " for "
                + Duration.ofSeconds(status.path("uptimeSeconds").asLong());
        return status.path("ready").asBoolean()
                ? Finding.ok(seen)
                : Finding.note(seen + ", not ready", "its models are loading, or one of them does not load: see below");
    }

    private static Finding models(JsonNode status) {
        List<String> failed = refs(status, "FAILED");
        String seen = "%d in memory, %d not loaded"
                .formatted(refs(status, "SERVING").size(), refs(status, "COLD").size());
        return failed.isEmpty()
                ? Finding.ok(seen)
                : Finding.fail(
                        String.join(", ", failed) + (failed.size() == 1 ? " does not load" : " do not load"),
                        "`firstpass models show` has why; docs/runbooks/model-failed.md says what to do");
    }

    private static List<String> refs(JsonNode status, String residency) {
        return each(status, "versions").stream()
                .filter(version -> version.path("residency").asText().equals(residency))
                .map(version -> version.path("ref").asText())
                .toList();
    }

    private static Finding queues(JsonNode status) {
        long rows = 0;
        Optional<JsonNode> oldest = Optional.empty();
        for (JsonNode version : each(status, "versions")) {
            rows += version.path("queue").path("rows").asLong();
            if (oldest.isEmpty() || oldestMillis(version) > oldestMillis(oldest.get())) {
                oldest = Optional.of(version);
            }
        }
        String seen = rows == 0 ? "nothing waits" : rows + (rows == 1 ? " row waits" : " rows wait");
        return oldest.filter(version -> oldestMillis(version) > OLD_MILLIS)
                .map(version -> Finding.note(
                        "%s; the oldest, for %s, has done so for %.0f s"
                                .formatted(seen, version.path("ref").asText(), oldestMillis(version) / 1e3),
                        "more is asked for than the device does: docs/runbooks/queue-age.md"))
                .orElseGet(() -> Finding.ok(seen));
    }

    private static double oldestMillis(JsonNode version) {
        return version.path("queue").path("oldestMillis").asDouble();
    }

    private static Finding memory(JsonNode status) {
        List<String> devices = new ArrayList<>();
        boolean isFull = false;
        for (JsonNode device : each(status, "devices")) {
            double used = device.path("usedBytes").asDouble();
            double budget = device.path("budgetBytes").asDouble();
            isFull |= used > FULL * budget;
            devices.add(String.format(
                    Locale.ROOT,
                    "models hold %.0f of %.0f MiB of %s",
                    used / MIB,
                    budget / MIB,
                    device.path("id").asText()));
        }
        String seen = String.join(", ", devices);
        return isFull
                ? Finding.note(seen, "versions that are asked for seldom leave for others: docs/residency.md")
                : Finding.ok(seen);
    }

    private static Finding walls(JsonNode status) {
        List<JsonNode> running = each(status, "workers").stream()
                .filter(worker -> worker.has("pid"))
                .toList();
        List<String> gaps = running.stream()
                .filter(worker -> !worker.path("walled").asBoolean())
                .map(worker -> worker.path("role").asText() + ": " + worker.path("gaps"))
                .toList();
        if (!gaps.isEmpty()) {
            return Finding.fail(
                    "workers without walls: " + String.join("; ", gaps), "docs/runbooks/worker-not-walled.md");
        }
        return running.isEmpty()
                ? Finding.ok("no worker runs")
                : Finding.ok(running.size() + (running.size() == 1 ? " worker is" : " workers are") + " walled in");
    }

    private static List<JsonNode> each(JsonNode status, String name) {
        return StreamSupport.stream(status.path(name).spliterator(), false).toList();
    }
}
