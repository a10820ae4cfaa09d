package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;
import static dev.firstpass.server.config.Setting.setting;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The settings that say what a server tells of itself.
///
/// Pure functions.
final class ObservabilitySettings {
    private static final Setting<Boolean> TRITON_NAMES = setting(
            "observability.triton-names",
            SettingKind.FLAG,
            "false",
            "Tells metrics under the names of NVIDIA's Triton (`nv_inference_...`) too, for dashboards made for it.");
    private static final Setting<Boolean> TRACING = setting(
            "observability.tracing",
            new SettingKind<>(
                    "none or otlp",
                    text -> Optional.of(text.equals("otlp")).filter(isOtlp -> isOtlp || text.equals("none"))),
            "none",
            "Where traces of requests go: nowhere, or to a collector by OTLP over HTTP, as `OTEL_...` variables say.");
    private static final Setting<URI> ENDPOINT = optional(
            "observability.otlp-endpoint",
            new SettingKind<>("an http or https URL without a path", ObservabilitySettings::endpoint),
            "`OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318`",
            "The collector that traces are sent to.");
    private static final Setting<LogFormat> FORMAT = setting(
            "logging.format",
            new SettingKind<>(
                    "text or json",
                    text -> Arrays.stream(LogFormat.values())
                            .filter(format -> format.id().equals(text))
                            .findFirst()),
            "text",
            "How the log is written to stderr: for people, or one JSON object a line.");
    private static final Setting<RequestLines> REQUESTS = setting(
            "logging.requests",
            new SettingKind<>(
                    "none, failed or all",
                    text -> Arrays.stream(RequestLines.values())
                            .filter(lines -> lines.id().equals(text))
                            .findFirst()),
            "none",
            "Which requests get a line in the log when they end: route, outcome and time; never a path, a query or a body.");

    static final List<Setting<?>> KNOWN = List.of(TRITON_NAMES, TRACING, ENDPOINT, FORMAT, REQUESTS);

    private ObservabilitySettings() {}

    /// @throws SettingsException if there is a collector and no traces for it
    static ObservabilityConfig observability(SettingValues values) {
        Optional<URI> endpoint = values.find(ENDPOINT);
        boolean isTracing = values.get(TRACING);
        if (!isTracing && endpoint.isPresent()) {
            throw values.refusal(TRACING, "otlp, as " + ENDPOINT.key() + " is set");
        }
        return new ObservabilityConfig(
                values.get(TRITON_NAMES),
                values.get(FORMAT),
                values.get(REQUESTS),
                isTracing ? Optional.of(new ObservabilityConfig.Tracing(endpoint)) : Optional.empty());
    }

    private static Optional<URI> endpoint(String text) {
        try {
            URI uri = new URI(text);
            boolean isWeb = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean isPlain = uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && (uri.getPath().isEmpty() || uri.getPath().equals("/"));
            return Optional.of(uri).filter(_ -> isWeb && isPlain);
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }
}
