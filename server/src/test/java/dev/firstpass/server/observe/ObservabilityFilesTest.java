package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Replica.Residency;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.frontend.TestVersions;
import dev.firstpass.server.ledger.LedgerLimits;
import dev.firstpass.server.ledger.PredictionLedger;
import dev.firstpass.server.observe.Metrics.ModelLabel;
import dev.firstpass.server.pipeline.Caches;
import dev.firstpass.server.pipeline.EmbeddingCache;
import dev.firstpass.server.pipeline.RefusalCache;
import dev.firstpass.server.pipeline.ResultCache;
import dev.firstpass.server.rollout.StopReason;
import dev.firstpass.server.runtime.batch.QueueState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That the rules and dashboards of `observability/` ask for what a server exports, and that each alert has its runbook. What a real
/// Prometheus makes of them, `.ci/run` tries.
final class ObservabilityFilesTest {
    private static final Path ROOT = Path.of("..");
    private static final Path FILES = ROOT.resolve("observability");
    private static final Pattern METRIC = Pattern.compile("\\b(?:firstpass|process|jvm|system)[_:][a-zA-Z0-9_:]+");

    /// What needs a whole server, one with TLS, or a collection of garbage.
    private static final Set<String> OF_A_WHOLE_SERVER = Set.of(
            "firstpass_worker_up",
            "firstpass_worker_sandbox",
            "firstpass_answers_unread_bytes",
            "firstpass_audit_intact",
            "firstpass_tls_certificate_expiry_seconds",
            "jvm_gc_pause_seconds_sum");

    @Test
    void eachAlert_namesARunbookThatSpeaksOfIt() throws IOException {
        String list = Files.readString(ROOT.resolve("docs/runbooks/README.md"));
        int alerts = 0;
        for (JsonNode rule : rules()) {
            if (rule.has("alert")) {
                alerts++;
                String name = rule.path("alert").textValue();
                Path runbook = ROOT.resolve(
                        rule.path("annotations").path("runbook_url").asText("none"));
                assertTrue(Files.isRegularFile(runbook), () -> name + ": " + runbook);
                String text = Files.readString(runbook);
                assertTrue(text.contains("`" + name + "`"), () -> runbook + " does not name " + name);
                for (String part : List.of("**What it means.**", "**What to look at.**", "**What to do.**")) {
                    assertTrue(text.contains(part), () -> runbook + ": " + part);
                }
                assertTrue(list.contains("`" + name + "`"), () -> "the list of runbooks lacks " + name);
                assertTrue(
                        Set.of("page", "ticket")
                                .contains(rule.path("labels").path("severity").asText()),
                        name);
            }
        }
        assertTrue(alerts > 10, "alerts: " + alerts);
    }

    @Test
    void rulesAndDashboards_askForWhatIsExported(@TempDir Path data) throws IOException {
        Set<String> known = new TreeSet<>(OF_A_WHOLE_SERVER);
        known.addAll(exported(data));
        for (JsonNode rule : rules()) {
            if (rule.has("record")) {
                known.add(rule.path("record").textValue());
            }
        }

        Set<String> unknown = new TreeSet<>();
        for (JsonNode rule : rules()) {
            unknown.addAll(names(rule.path("expr").textValue()));
        }
        List<JsonNode> dashboards = dashboards();
        for (JsonNode dashboard : dashboards) {
            for (JsonNode panel : dashboard.path("panels")) {
                for (JsonNode target : panel.path("targets")) {
                    unknown.addAll(names(target.path("expr").textValue()));
                }
            }
            for (JsonNode variable : dashboard.path("templating").path("list")) {
                unknown.addAll(names(variable.path("query").asText()));
            }
        }
        int asked = unknown.size();
        unknown.removeAll(known);

        assertEquals(6, dashboards.size());
        assertTrue(asked > 40, "metrics: " + asked);
        assertEquals(Set.of(), unknown);
    }

    private static Set<String> names(String expression) {
        return METRIC.matcher(expression).results().map(MatchResult::group).collect(Collectors.toSet());
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        for (JsonNode group : new YAMLMapper()
                .readTree(FILES.resolve("prometheus/firstpass.rules.yml").toFile())
                .path("groups")) {
            group.path("rules").forEach(rules::add);
        }
        return rules;
    }

    private static List<JsonNode> dashboards() throws IOException {
        List<JsonNode> dashboards = new ArrayList<>();
        try (Stream<Path> files = Files.list(FILES.resolve("grafana"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".json")).toList()) {
                // JSON is YAML.
                dashboards.add(new YAMLMapper().readTree(file.toFile()));
            }
        }
        return dashboards;
    }

    /// Names of all series that meters have once everything has happened.
    private static Set<String> exported(Path data) {
        ModelRef.Numbered version = new ModelRef.Numbered(new ModelName("coco"), 1);
        ModelRef.Aliased alias = new ModelRef.Aliased(version.name(), "production");
        try (Metrics metrics = new Metrics();
                PredictionLedger ledger = PredictionLedger.open(data, LedgerLimits.STANDARD, InstantSource.system())) {
            ModelLabel label = ModelLabel.of("coco", 1);
            metrics.request("http", label, "200", "OK", 1);
            metrics.answered(label, MetricsTest.answer(List.of(MetricsTest.box(0.5))));
            metrics.answered(label, MetricsTest.answer(List.of()));
            QueueMeters.bind(() -> Map.of(version, QueueState.EMPTY), metrics);
            ModelMeters.bind(
                    () -> Map.of(alias, TestVersions.version("coco", 1)),
                    () -> Map.of(version, Residency.SERVING),
                    metrics);
            HostMeters.bind(data, metrics.registry());
            LedgerMeters.bind(ledger, metrics.registry());
            CacheMeters.bind(
                    new Caches(
                            new ResultCache(1 << 20),
                            new RefusalCache(1 << 20, Duration.ofMinutes(1), () -> 0),
                            new EmbeddingCache(1 << 20)),
                    metrics.registry());
            ResidencyMeters residency = new ResidencyMeters(metrics.registry());
            residency.opened(Map.of("cpu", 2L));
            residency.loaded(version, Map.of("cpu", 1L), 1);
            residency.unloaded(version, Map.of("cpu", 0L), true);
            residency.failed(version);
            residency.loaded(version, Map.of("cpu", 1L), 1);
            new SupervisionMeters(metrics.registry()).workerLost("cpu", "onnx", "ended");
            RolloutMeters rollouts = new RolloutMeters(metrics.registry());
            rollouts.ended(alias, Arm.STABLE, false);
            rollouts.stopped(alias, StopReason.LATENCY);
            rollouts.compared(alias, new Agreement(1, 3, 2, 1, 1, 2.4, 0, 0));
            return metrics.scrape()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("[{ ]", 2)[0])
                    .collect(Collectors.toSet());
        }
    }
}
