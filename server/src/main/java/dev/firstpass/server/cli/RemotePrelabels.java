package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.server.failure.FailureException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.StringJoiner;

/// Pre-labels from a server's data listener, one request per format. A server that says it is overloaded is asked
/// again after the time it names, a few times.
///
/// Thread-safe.
final class RemotePrelabels implements PrelabelAccess {
    private static final String FIRSTPASS = "firstpass";
    private static final JsonMapper JSON = new JsonMapper();
    private static final int ATTEMPTS = 6;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(10);

    private final HttpCalls calls;

    RemotePrelabels(Endpoint server) {
        this.calls = new HttpCalls(server);
    }

    @Override
    public Model model(ModelRef ref) {
        JsonNode model = calls.sendForJson(
                calls.to("v1/models/" + encode(ref.toString())).build());
        List<String> classes = new ArrayList<>();
        model.path("classes").forEach(label -> classes.add(label.asText()));
        Map<String, Double> thresholds = new LinkedHashMap<>();
        model.path("thresholds")
                .properties()
                .forEach(
                        entry -> thresholds.put(entry.getKey(), entry.getValue().asDouble()));
        long version = model.path("version").asLong();
        return new Model(
                version > 0 ? ModelRef.parse(ref.name() + "@" + version) : ref,
                classes,
                GeometryKind.ofId(model.path("geometry").asText()),
                thresholds);
    }

    @Override
    public Project project(ProjectRef ref) {
        return ProjectAnswers.project(calls.sendForJson(
                calls.to("v1/projects/" + encode(ref.toString())).build()));
    }

    @Override
    public Answer prelabel(Job job) {
        SequencedSet<String> formats = new LinkedHashSet<>(job.formats());
        if (job.wantPrelabels()) {
            formats.add(FIRSTPASS);
        }
        Map<String, LabelFile> files = new LinkedHashMap<>();
        Map<String, Double> millis = Map.of();
        Map<String, Integer> dropped = Map.of();
        String model = job.model().toString();
        for (String format : formats) {
            HttpResponse<byte[]> response = sendPatiently(job, format);
            files.put(format, new LabelFile(response.body(), extension(format, response)));
            if (millis.isEmpty()) { // Later answers may come from the server's cache.
                millis = serverTiming(
                        response.headers().firstValue("Server-Timing").orElse(""));
            }
            model = response.headers().firstValue("Firstpass-Model").orElse(model);
            dropped = counts(response.headers().firstValue("Firstpass-Dropped").orElse(""));
        }
        return new Answer(
                model,
                files,
                Optional.ofNullable(job.wantPrelabels() ? files.get(FIRSTPASS) : null)
                        .map(file -> FirstpassJson.read(file.body())),
                millis,
                dropped);
    }

    private HttpResponse<byte[]> sendPatiently(Job job, String format) {
        for (int attempt = 1; ; attempt++) {
            try {
                return send(job, format);
            } catch (FailureException e) {
                if (attempt == ATTEMPTS || !e.failure().reason().retryable()) {
                    throw e;
                }
                pause(e.failure().retryAfter().orElse(Duration.ofMillis(200L << attempt)));
            }
        }
    }

    private HttpResponse<byte[]> send(Job job, String format) {
        var request = calls.to("v1/models/" + encode(job.model().toString()) + "/prelabels?" + query(job, format))
                .timeout(REQUEST_TIMEOUT)
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(job.image()))
                .build();
        return calls.send(request);
    }

    static String query(Job job, String format) {
        StringJoiner query = new StringJoiner("&");
        query.add("format=" + encode(format));
        query.add("asset-id=" + encode(job.assetId()));
        query.add("priority=bulk");
        job.project()
                .ifPresent(
                        project -> query.add("project=" + encode(project.ref().toString())));
        LabelingWishes labeling = job.wishes();
        labeling.threshold().ifPresent(value -> query.add("threshold=" + value));
        labeling.simplify().ifPresent(value -> query.add("simplify=" + value));
        labeling.geometry().ifPresent(value -> query.add("geometry=" + value.id()));
        if (!labeling.classes().isEmpty()) {
            query.add("classes="
                    + encode(String.join(
                            ",", labeling.classes().stream().sorted().toList())));
        }
        labeling.max().ifPresent(value -> query.add("max=" + value));
        if (!job.formatOptions().isEmpty() && job.formats().contains(format)) {
            ObjectNode options = JSON.createObjectNode();
            job.formatOptions().forEach(options::put);
            query.add("format-options=" + encode(options.toString()));
        }
        return query.toString();
    }

    /// `decode;dur=3.2, total;dur=9.1` as a map in the same order.
    static Map<String, Double> serverTiming(String header) {
        Map<String, Double> millis = new LinkedHashMap<>();
        for (String metric : header.split(",", -1)) {
            String[] parts = metric.strip().split(";\\s*dur=", 2);
            if (parts.length == 2) {
                number(parts[1]).ifPresent(duration -> millis.put(parts[0], duration));
            }
        }
        return millis;
    }

    /// `BELOW_THRESHOLD=12, LABEL_UNMAPPED=3` as a map in the same order.
    static Map<String, Integer> counts(String header) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (String entry : header.split(",", -1)) {
            String[] parts = entry.strip().split("=", 2);
            if (parts.length == 2) {
                number(parts[1]).ifPresent(count -> counts.put(parts[0], count.intValue()));
            }
        }
        return counts;
    }

    private static Optional<Double> number(String text) {
        try {
            return Optional.of(Double.valueOf(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// A server may know formats that this command line does not; then the media type has to do.
    private static String extension(String format, HttpResponse<?> response) {
        return LabelFormats.byId(format).map(LabelFormat::fileExtension).orElseGet(() -> {
            String type = response.headers().firstValue("Content-Type").orElse("");
            return type.startsWith("application/zip") ? ".zip" : type.contains("json") ? ".json" : ".txt";
        });
    }

    private static void pause(Duration wait) {
        try {
            Thread.sleep(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted", e);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        calls.close();
    }
}
