package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.LintResult;
import dev.firstpass.server.cli.Chart.Case;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.ServerSettings;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The chart in helm/firstpass, rendered by Helm: what holds for every way to install it, and what each value does. What
/// it renders is left in target/chart, where check_chart.py holds it against the schemas of Kubernetes.
final class ChartTest {
    private static final Path RENDERED = Path.of("target/chart");
    private static final Path OBSERVABILITY = Path.of("../observability");
    private static final Case USUAL = Case.of("usual", Map.of());

    /// What the profile `restricted` of Kubernetes' Pod Security Standards lets a pod mount.
    private static final Set<String> VOLUMES = Set.of(
            "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret");

    private static final Map<String, String> TLS = Map.of("tls.secret", "firstpass-tls");

    private static final Case CERTIFIED = new Case(
            "certificate",
            List.of(Chart.FOLDER.resolve("examples/replicas.yaml")),
            Map.of("tls.certificate.enabled", "true", "tls.certificate.issuer.name", "internal"));

    @TempDir
    private static Path copy = Path.of("");

    @TempDir
    private Path temp = Path.of("");

    @BeforeAll
    static void copyTheChart() throws IOException {
        Chart.withoutHooks(copy);
    }

    static Stream<Case> cases() {
        return Stream.of(
                USUAL,
                Case.example("air-gapped"),
                Case.example("gpu"),
                Case.example("mig"),
                Case.example("replicas"),
                new Case(
                        "hpa",
                        List.of(Chart.FOLDER.resolve("examples/replicas.yaml")),
                        Map.of("autoscaling.kind", "hpa")),
                Case.of("open", Map.of("settings.security.authentication", "none", "settings.insecure", "true")),
                Case.of(
                        "grpc",
                        Map.of(
                                "grpcPort",
                                "9000",
                                "service.type",
                                "LoadBalancer",
                                "hostNames[0]",
                                "labels.example.org")),
                Case.of(
                        "secrets",
                        Map.of(
                                "secretMounts[0].secret", "label-studio",
                                "secretMounts[0].path", "/etc/firstpass/label-studio",
                                "settings.label-studio.token-file", "/etc/firstpass/label-studio/token",
                                "settings.label-studio.url", "http://label-studio.labels.svc",
                                "image.pullSecrets[0]", "mirror")),
                new Case("tls", List.of(Chart.FOLDER.resolve("examples/replicas.yaml")), TLS),
                CERTIFIED,
                Case.of(
                        "patient",
                        Map.of(
                                "shutdown.longestRequestSeconds", "600",
                                "shutdown.preStopSeconds", "0",
                                "networkPolicy.enabled", "false",
                                "settings.ledger.max-predictions", "10000000",
                                "settings.runtime.pinned[0]", "weeds",
                                "settings.runtime.pinned[1]", "coco@3")));
    }

    private static String text(Case install) {
        return Chart.text(copy, install);
    }

    private static List<JsonNode> manifests(Case install) throws IOException {
        return Chart.manifests(text(install));
    }

    /// What Helm says to it.
    private static String refusal(Case install) {
        return String.valueOf(
                assertThrows(IllegalStateException.class, () -> text(install)).getMessage());
    }

    @Test
    void lint_strict_findsNothing() {
        LintResult result = Chart.lint();

        assertFalse(result.isFailed(), String.join("\n", result.getMessages()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyCase_holds(Case install) throws IOException {
        String text = text(install);
        Files.writeString(Files.createDirectories(RENDERED).resolve(install.name() + ".yaml"), text);
        List<JsonNode> manifests = Chart.manifests(text);

        assertAll(
                () -> assertPodsAreRestricted(manifests),
                () -> assertSelectorsMeetThePods(manifests),
                () -> assertServerTakesTheSettings(manifests),
                () -> assertThereIsTimeToDrain(manifests),
                () -> assertProbesAreSplit(manifests),
                () -> assertEquals(0, Chart.ofKind(manifests, "Secret").count(), "a Secret of the chart's own"));
    }

    /// https://kubernetes.io/docs/concepts/security/pod-security-standards/, restricted; and more.
    private static void assertPodsAreRestricted(List<JsonNode> manifests) {
        assertFalse(Chart.ofKind(manifests, "ServiceAccount")
                .anyMatch(
                        account -> account.path("automountServiceAccountToken").asBoolean(true)));
        for (JsonNode pod : Chart.pods(manifests)) {
            for (String host : List.of("hostNetwork", "hostPID", "hostIPC")) {
                assertFalse(pod.path(host).asBoolean(), host);
            }
            assertFalse(pod.path("automountServiceAccountToken").asBoolean(true), "a token of the API");
            JsonNode security = pod.path("securityContext");
            assertTrue(security.path("runAsNonRoot").asBoolean());
            assertTrue(security.path("runAsUser").asInt() > 0);
            assertEquals("RuntimeDefault", security.at("/seccompProfile/type").asText());
            for (JsonNode volume : pod.path("volumes")) {
                volume.fieldNames()
                        .forEachRemaining(kind -> assertTrue(kind.equals("name") || VOLUMES.contains(kind), kind));
                assertTrue(
                        !volume.has("emptyDir")
                                || volume.at("/emptyDir/sizeLimit").isTextual(),
                        volume.toString());
            }
            for (JsonNode container : pod.path("containers")) {
                JsonNode own = container.path("securityContext");
                assertFalse(own.path("allowPrivilegeEscalation").asBoolean(true));
                assertFalse(own.path("privileged").asBoolean());
                assertTrue(own.path("readOnlyRootFilesystem").asBoolean());
                assertEquals("[\"ALL\"]", own.at("/capabilities/drop").toString());
                assertTrue(own.at("/capabilities/add").isMissingNode());
                assertTrue(container.at("/resources/limits/memory").isTextual(), "no limit of memory");
            }
        }
    }

    private static void assertSelectorsMeetThePods(List<JsonNode> manifests) {
        JsonNode labels = Chart.only(manifests, "Deployment").at("/spec/template/metadata/labels");
        Stream.of(
                        Chart.ofKind(manifests, "Deployment").map(of -> of.at("/spec/selector/matchLabels")),
                        Chart.ofKind(manifests, "Service").map(of -> of.at("/spec/selector")),
                        Chart.ofKind(manifests, "PodDisruptionBudget").map(of -> of.at("/spec/selector/matchLabels")),
                        Chart.ofKind(manifests, "NetworkPolicy").map(of -> of.at("/spec/podSelector/matchLabels")))
                .flatMap(selectors -> selectors)
                .forEach(selector -> {
                    assertFalse(selector.isEmpty());
                    selector.properties().forEach(label -> assertEquals(label.getValue(), labels.path(label.getKey())));
                });
        JsonNode test = Chart.only(manifests, "Pod").at("/metadata/labels");
        assertFalse(
                test.path("app.kubernetes.io/name").equals(labels.path("app.kubernetes.io/name")),
                "requests would go to the test's pod");
    }

    /// As the container's start does, up to where the server would start.
    private ServerSettings settings(List<JsonNode> manifests) throws IOException {
        String file = Chart.named(manifests, "ConfigMap", "firstpass")
                .at("/data/firstpass.yaml")
                .asText();
        Path models = Files.createDirectories(temp.resolve("models"));
        String text = file;
        if (file.contains("/etc/firstpass/tls/")) {
            TlsFiles tls = new TestPki("authority").issue("firstpass").write(temp, "tls");
            text = file.replace("/etc/firstpass/tls/tls.crt", tls.certificate().toString())
                    .replace("/etc/firstpass/tls/tls.key", tls.key().toString());
        }
        Path settings = Files.writeString(
                temp.resolve("firstpass.yaml"),
                text.replace("\"/models\"", "\"" + models + "\"")
                        .replace(
                                "/etc/firstpass/database/password",
                                Files.writeString(temp.resolve("password"), "any")
                                        .toString())
                        .replace(
                                "/etc/firstpass/label-studio/token",
                                Files.writeString(temp.resolve("token"), "any").toString()));
        Map<String, String> environment = new HashMap<>();
        Chart.elements(Chart.container(manifests).path("env"))
                .filter(variable -> variable.has("value"))
                .forEach(variable -> environment.put(
                        variable.path("name").asText(),
                        variable.path("value").asText().replace("$(POD_IP)", "10.1.2.3")));
        assertEquals("/etc/firstpass/settings/firstpass.yaml", environment.get("FIRSTPASS_CONFIG"));
        environment.put("FIRSTPASS_CONFIG", settings.toString());
        environment.put("FIRSTPASS_DATA", temp.toString());
        FakeParts parts = new FakeParts();

        CommandRun run = CommandRun.of(parts, environment, "serve", "--exit-when-ready");

        assertEquals(ExitCode.OK, run.exitCode(), run.err() + file);
        return parts.started.getFirst().settings();
    }

    private void assertServerTakesTheSettings(List<JsonNode> manifests) throws IOException {
        ServerSettings settings = settings(manifests);
        List<String> names = settings.listening().data().hostNames();
        Chart.ofKind(manifests, "Service")
                .map(service -> service.at("/metadata/name").asText())
                .forEach(service -> assertTrue(
                        names.containsAll(List.of(service, service + ".labels", service + ".labels.svc")),
                        names.toString()));
        assertTrue(names.contains("10.1.2.3"), names.toString());
        Map<String, Integer> ports = Chart.elements(Chart.container(manifests).path("ports"))
                .collect(Collectors.toMap(
                        port -> port.path("name").asText(),
                        port -> port.path("containerPort").asInt()));
        assertEquals(settings.listening().data().port(), ports.get("http"));
        assertEquals(settings.listening().management().port(), ports.get("management"));
        assertEquals(settings.listening().grpcPort().orElse(0), ports.getOrDefault("grpc", 0));
    }

    private void assertThereIsTimeToDrain(List<JsonNode> manifests) throws IOException {
        ServerSettings settings = settings(manifests);
        JsonNode pod = Chart.server(manifests);
        long before = Chart.container(manifests)
                .at("/lifecycle/preStop/sleep/seconds")
                .asLong();
        long drain = settings.listening()
                .drainDelay()
                .plus(settings.listening().drainLimit())
                .toSeconds();

        assertTrue(settings.listening()
                        .drainLimit()
                        .compareTo(settings.listening().limits().maxTimeout())
                >= 0);
        assertTrue(pod.path("terminationGracePeriodSeconds").asLong() > before + drain);
    }

    private static void assertProbesAreSplit(List<JsonNode> manifests) {
        JsonNode container = Chart.container(manifests);
        assertEquals("/livez", container.at("/startupProbe/httpGet/path").asText());
        assertEquals("/livez", container.at("/livenessProbe/httpGet/path").asText());
        assertEquals("/readyz", container.at("/readinessProbe/httpGet/path").asText());
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertEquals(
                    "localhost",
                    container.path(probe).at("/httpGet/httpHeaders/0/value").asText());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "replica                          | 2                 | replica",
                "settings.runtime.queue-capacty   | 9                 | queue-capacty",
                "settings.registry.database       | x                 | database",
                "settings.label-studio.token      | secret            | token",
                "settings.drain.delay             | 1s                | drain",
                "image.digest                     | latest            | digest",
                "replicas                         | 2                 | registry.database and registry.bucket",
                "registry.database                | jdbc:postgresql://db/fp | one without the other",
                "settings.security.authentication | none              | settings.insecure: true",
                "autoscaling.kind                 | keda              | registry.database and registry.bucket",
                "gpu.resource                     | gpu               | resource",
                "grpcPort                         | 8080              | grpcPort",
                "secretMounts[0].path             | /usr/lib          | secret",
                "settings.assets.buckets          | s3://photos       | networkPolicy.egress",
                "settings.assets.urls             | https://a.example.org | networkPolicy.egress",
                "settings.observability.otlp-endpoint | http://collector:4318 | networkPolicy.egress",
                "settings.security.oidc.jwks      | https://id.example.org/keys | networkPolicy.egress",
                "settings.security.tls.client-certificates | required | no probe would pass",
            })
    void mistake_isRefused_withItsName(String key, String value, String named) {
        Case install = Case.of("mistake", Map.of(key, value));

        String message = refusal(install);

        assertTrue(message.contains(named), message);
    }

    @Test
    void servers_thatShareARegistry_areRefusedVolumesAndSilence() {
        List<Path> replicas = List.of(Chart.FOLDER.resolve("examples/replicas.yaml"));

        String volume = refusal(new Case("volume", replicas, Map.of("data.persistent", "true")));
        String silence = refusal(new Case("silence", replicas, Map.of("networkPolicy.egress", "null")));

        assertTrue(volume.contains("data.persistent: false"), volume);
        assertTrue(silence.contains("networkPolicy.egress"), silence);
    }

    @Test
    void usual_asksForTokens_andLetsNothingOut() throws IOException {
        List<JsonNode> manifests = manifests(USUAL);
        JsonNode policy = Chart.only(manifests, "NetworkPolicy").path("spec");

        assertEquals(Authentication.TOKENS, settings(manifests).listening().authentication());
        assertEquals("[\"Ingress\",\"Egress\"]", policy.path("policyTypes").toString());
        assertTrue(policy.path("egress").isArray() && policy.path("egress").isEmpty(), policy.toString());
        assertEquals(
                "Recreate",
                Chart.only(manifests, "Deployment").at("/spec/strategy/type").asText());
        assertEquals("firstpass:0.1.0", Chart.container(manifests).path("image").asText());
    }

    @Test
    void tls_isSpokenByProbesTestAndPrometheus_withoutTheKeyWhereItIsNotNeeded() throws IOException {
        Case install = new Case("tls", List.of(Chart.FOLDER.resolve("examples/replicas.yaml")), TLS);
        List<JsonNode> manifests = manifests(install);
        JsonNode container = Chart.container(manifests);
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertEquals("HTTPS", container.path(probe).at("/httpGet/scheme").asText(), probe);
        }
        JsonNode volume = Chart.elements(Chart.server(manifests).path("volumes"))
                .filter(each -> each.path("name").asText().equals("tls"))
                .findFirst()
                .orElseThrow();
        assertEquals("firstpass-tls", volume.at("/secret/secretName").asText());
        assertEquals(0440, volume.at("/secret/defaultMode").asInt());
        assertTrue(settings(manifests).listening().identity().tls().isPresent());

        JsonNode test = Chart.ofKind(manifests, "Pod").findFirst().orElseThrow().path("spec");
        assertEquals(
                "https://firstpass.labels.svc:8080",
                test.at("/containers/0/args/2").asText());
        assertEquals(
                "/etc/firstpass/tls/ca.crt",
                test.at("/containers/0/env/0/value").asText());
        assertEquals(
                "[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]",
                test.at("/volumes/1/secret/items").toString());

        JsonNode endpoint = Chart.ofKind(manifests, "ServiceMonitor")
                .findFirst()
                .orElseThrow()
                .at("/spec/endpoints/0");
        assertEquals("https", endpoint.path("scheme").asText());
        assertEquals(
                "firstpass-management.labels.svc",
                endpoint.at("/tlsConfig/serverName").asText());
        assertEquals("firstpass-tls", endpoint.at("/tlsConfig/ca/secret/name").asText());

        for (JsonNode each : Chart.pods(manifests(USUAL))) {
            assertFalse(each.toString().contains("HTTPS"), each::toString);
            assertFalse(each.toString().contains("FIRSTPASS_CA_FILE"), each::toString);
        }
    }

    @Test
    void certificate_isAskedOfCertManager_forAllNamesOfTheServer() throws IOException {
        List<JsonNode> manifests = manifests(CERTIFIED);
        JsonNode certificate = Chart.only(manifests, "Certificate").path("spec");
        Set<String> names = Chart.elements(certificate.path("dnsNames"))
                .map(JsonNode::asText)
                .collect(Collectors.toSet());

        assertEquals("firstpass-tls", certificate.path("secretName").asText());
        assertEquals("internal", certificate.at("/issuerRef/name").asText());
        // What TlsIdentity reads.
        assertEquals("PKCS8", certificate.at("/privateKey/encoding").asText());
        assertTrue(
                names.containsAll(Set.of(
                        "firstpass.labels.svc", "firstpass-headless.labels.svc", "firstpass-management.labels.svc")),
                names.toString());
        assertTrue(settings(manifests).listening().identity().tls().isPresent());
        assertTrue(Chart.elements(Chart.server(manifests).path("volumes"))
                .anyMatch(volume -> volume.at("/secret/secretName").asText().equals("firstpass-tls")));
        assertTrue(refusal(Case.of("nobody", Map.of("tls.certificate.enabled", "true")))
                .contains("tls.certificate.issuer.name"));
    }

    @Test
    void replicas_areSpread_andTheirClientsConnectAnew() throws IOException {
        List<JsonNode> manifests = manifests(Case.example("replicas"));
        List<String> over = Chart.elements(Chart.server(manifests).path("topologySpreadConstraints"))
                .map(each -> each.path("whenUnsatisfiable").asText() + " "
                        + each.path("topologyKey").asText())
                .toList();

        assertEquals(
                List.of("ScheduleAnyway topology.kubernetes.io/zone", "ScheduleAnyway kubernetes.io/hostname"), over);
        assertEquals(
                Optional.of(Duration.ofMinutes(10)),
                settings(manifests).listening().limits().wire().connectionAge());
        assertEquals(Authentication.TOKENS, settings(manifests).listening().authentication());
    }

    @Test
    void airGapped_takesTheImageByItsDigest_andModelsFromTheClaim() throws IOException {
        List<JsonNode> manifests = manifests(Case.example("air-gapped"));

        assertEquals(
                "registry.internal.example.org/labeling/firstpass@sha256:" + "0".repeat(64),
                Chart.container(manifests).path("image").asText());
        assertTrue(Chart.elements(Chart.container(manifests).path("volumeMounts"))
                .anyMatch(mount -> mount.path("mountPath").asText().equals("/models")
                        && mount.path("readOnly").asBoolean()));
        assertTrue(settings(manifests).modelDir().isPresent());
    }

    @Test
    void imagesOfAClaim_areMountedToBeRead_whereTheSettingNamesThem() throws IOException {
        List<JsonNode> manifests = manifests(
                Case.of("images", Map.of("images.existingClaim", "photos", "settings.assets.folders[0]", "/images")));

        assertTrue(Chart.elements(Chart.container(manifests).path("volumeMounts"))
                .anyMatch(mount -> mount.path("mountPath").asText().equals("/images")
                        && mount.path("readOnly").asBoolean()));
        assertEquals(
                Path.of("/images"),
                settings(manifests).runtime().assets().folders().getFirst().place());
    }

    @Test
    void gpu_isAskedForByTheNameOfThePlugin() throws IOException {
        JsonNode whole = Chart.container(manifests(Case.example("gpu")));
        List<JsonNode> part = manifests(Case.example("mig"));

        assertEquals(1, whole.at("/resources/limits").path("nvidia.com/gpu").asInt());
        assertEquals("firstpass:0.1.0-cuda", whole.path("image").asText());
        assertEquals(
                1,
                Chart.container(part)
                        .at("/resources/limits")
                        .path("nvidia.com/mig-1g.10gb")
                        .asInt());
        assertEquals("nvidia", Chart.server(part).path("runtimeClassName").asText());
        assertTrue(Chart.named(part, "ConfigMap", "firstpass")
                .at("/data/firstpass.yaml")
                .asText()
                .contains("devices: \"cuda:0\""));
    }

    @Test
    void replicas_scaleByTheSecondsThatWait() throws IOException {
        List<JsonNode> keda = manifests(Case.example("replicas"));
        JsonNode trigger = Chart.only(keda, "ScaledObject").at("/spec/triggers/0");

        assertTrue(Chart.only(keda, "Deployment").at("/spec/replicas").isMissingNode());
        assertEquals(
                "RollingUpdate",
                Chart.only(keda, "Deployment").at("/spec/strategy/type").asText());
        assertEquals("AverageValue", trigger.path("metricType").asText());
        assertEquals("2", trigger.at("/metadata/threshold").asText());
        String query = trigger.at("/metadata/query").asText();
        // check_metrics.py asks it of a Prometheus.
        Files.writeString(Files.createDirectories(RENDERED).resolve("keda.promql"), query);
        assertTrue(query.contains("firstpass_queue_backlog_seconds{"), query);
        assertEquals(
                "firstpass-management",
                Chart.ofKind(keda, "Service")
                        .filter(service -> service.at("/metadata/labels")
                                .path("app.kubernetes.io/component")
                                .asText()
                                .equals("management"))
                        .map(service -> service.at("/metadata/name").asText())
                        .collect(Collectors.joining()));
    }

    @Test
    void rulesAndDashboards_areThoseOfObservability() throws IOException {
        List<JsonNode> manifests = manifests(Case.example("replicas"));
        JsonNode dashboards =
                Chart.named(manifests, "ConfigMap", "firstpass-dashboards").path("data");

        assertEquals(
                Chart.yaml(Files.readString(OBSERVABILITY.resolve("prometheus/firstpass.rules.yml"))),
                Chart.only(manifests, "PrometheusRule").path("spec"));
        assertEquals(
                Chart.yaml(Files.readString(OBSERVABILITY.resolve("prometheus/firstpass-gpu.rules.yml"))),
                Chart.named(manifests(Case.example("gpu")), "PrometheusRule", "firstpass-gpu")
                        .path("spec"));
        try (Stream<Path> files = Files.list(OBSERVABILITY.resolve("grafana"))) {
            List<Path> all = files.toList();
            assertEquals(all.size(), dashboards.size());
            for (Path file : all) {
                assertEquals(
                        Chart.yaml(Files.readString(file)),
                        Chart.yaml(dashboards
                                .path("firstpass-" + file.getFileName())
                                .asText()));
            }
        }
    }

    @Test
    void runbooks_haveTheAddressThatIsGiven() throws IOException {
        String rules = Chart.only(manifests(Case.example("air-gapped")), "PrometheusRule")
                .toString();

        assertFalse(rules.contains("\"docs/runbooks"), rules);
        assertTrue(rules.contains("https://wiki.internal.example.org/firstpass/runbooks/error-budget.md"), rules);
    }
}
