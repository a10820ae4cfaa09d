package dev.firstpass.server.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.ledger.LedgerLimits;
import dev.firstpass.server.ledger.PredictionLedger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
            "firstpass_swap_total",
            "firstpass_tls_certificate_expiry_seconds",
            "netty_allocator_memory_used_bytes",
            "jvm_gc_pause_seconds_sum");

    /// Of dcgm-exporter, among those that it has unless it is told otherwise (its etc/default-counters.csv).
    private static final Pattern GPU_METRIC = Pattern.compile("\\bDCGM_\\w+");

    private static final Set<String> GPU_METRICS = Set.of(
            "DCGM_FI_DEV_GPU_UTIL",
            "DCGM_FI_DEV_FB_USED",
            "DCGM_FI_DEV_FB_FREE",
            "DCGM_FI_DEV_GPU_TEMP",
            "DCGM_FI_DEV_POWER_USAGE",
            "DCGM_FI_DEV_XID_ERRORS");

    /// A dashboard in italics and names of its panels behind it.
    private static final Pattern PANELS = Pattern.compile(
            "\\*([a-z][a-z ]+)\\*[,:] (\"[^\"]+\"(?:(?:, | and | beside )(?:\\*[a-z ]+\\* )?\"[^\"]+\")*)");

    /// What else stands between such marks in a runbook begins with a small letter.
    private static final Pattern PANEL = Pattern.compile("\"((?:[A-Z]|p99)[^\"]*)\"");

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
        known.addAll(GPU_METRICS);
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

    /// By promtool, which `.ci/run` has run them.
    @Test
    void eachAlert_isMadeToFire() throws IOException {
        Set<String> silent = new TreeSet<>();
        for (JsonNode rule : rules()) {
            if (rule.has("alert")) {
                silent.add(rule.path("alert").textValue());
            }
        }
        try (Stream<Path> files = Files.list(FILES.resolve("prometheus"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith("_test.yml")).toList()) {
                for (JsonNode test : new YAMLMapper().readTree(file.toFile()).path("tests")) {
                    for (JsonNode look : test.path("alert_rule_test")) {
                        if (!look.path("exp_alerts").isEmpty()) {
                            silent.remove(look.path("alertname").asText());
                        }
                    }
                }
            }
        }

        assertEquals(Set.of(), silent);
    }

    @Test
    void panelsThatDocsName_areThere() throws IOException {
        Map<String, Set<String>> panels = new TreeMap<>();
        for (JsonNode dashboard : dashboards()) {
            Set<String> titles = new TreeSet<>();
            dashboard
                    .path("panels")
                    .forEach(panel -> titles.add(panel.path("title").asText()));
            panels.put(dashboard.path("title").asText().replace("Firstpass: ", ""), titles);
        }
        Set<String> all = panels.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (Path page : pages()) {
            String text = Files.readString(page).replaceAll("\\s+", " ");
            for (MatchResult place : PANELS.matcher(text).results().toList()) {
                Set<String> there = panels.entrySet().stream()
                        .filter(dashboard -> dashboard.getKey().split(",", 2)[0].equals(place.group(1)))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(Set.of());
                for (MatchResult panel : PANEL.matcher(place.group(2)).results().toList()) {
                    named++;
                    if (!there.contains(panel.group(1))) {
                        missing.add(page.getFileName() + ": " + place.group(1) + ": " + panel.group(1));
                    }
                }
            }
            if (page.toString().contains("runbooks")) {
                PANEL.matcher(text)
                        .results()
                        .map(panel -> panel.group(1))
                        .filter(panel -> !all.contains(panel))
                        .forEach(panel -> missing.add(page.getFileName() + ": " + panel));
            }
        }

        assertEquals(List.of(), missing);
        assertTrue(named > 20, "panels: " + named);
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> runbooks = Files.list(ROOT.resolve("docs/runbooks"))) {
            return Stream.concat(
                            runbooks,
                            Stream.of("docs/operations.md", "docs/deployment.md")
                                    .map(ROOT::resolve))
                    .toList();
        }
    }

    private static Set<String> names(String expression) {
        return Stream.concat(
                        METRIC.matcher(expression).results(),
                        GPU_METRIC.matcher(expression).results())
                .map(MatchResult::group)
                .collect(Collectors.toSet());
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        for (String file : List.of("firstpass.rules.yml", "firstpass-gpu.rules.yml")) {
            for (JsonNode group : new YAMLMapper()
                    .readTree(FILES.resolve("prometheus").resolve(file).toFile())
                    .path("groups")) {
                group.path("rules").forEach(rules::add);
            }
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
        try (Metrics metrics = new Metrics();
                PredictionLedger ledger = PredictionLedger.open(data, LedgerLimits.STANDARD, InstantSource.system())) {
            AllMeters.bind(metrics, data, ledger, List.of(version));
            return metrics.scrape()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("[{ ]", 2)[0])
                    .collect(Collectors.toSet());
        }
    }
}
