package dev.firstpass.server.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/// A [MeasuredServer] and how to talk to it.
///
/// Requests may come from many threads; measuring is for one. Who starts it closes it.
final class MeasuredProcess implements AutoCloseable {
    /// The heap is as big as it will get from the start, so that what is resident beyond it can be seen.
    private static final List<String> OPTIONS =
            List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-Xss512k", "-XX:+UseSerialGC");

    private static final byte[] IMAGE = image();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern RESIDENT = Pattern.compile("(?m)^firstpass_model_resident_bytes\\{[^}]*} ([0-9.E]+)$");

    private final JavaProcess process;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;
    private final int managementPort;
    private final Measured start;

    private MeasuredProcess(JavaProcess process) throws IOException {
        this.process = process;
        this.port = Integer.parseInt(process.read());
        this.managementPort = Integer.parseInt(process.read());
        this.start = measured(process.read());
    }

    /// Returns when it answers; the models are not registered yet.
    ///
    /// @param models `name:number:bytes` of each
    static MeasuredProcess start(Path folder, String isolation, long budget, List<String> models) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of(folder.resolve("data").toString(), isolation, Long.toString(budget)));
        arguments.addAll(models);
        return new MeasuredProcess(JavaProcess.start(
                JavaProcess.command(OPTIONS, MeasuredServer.class.getName(), arguments.toArray(String[]::new)),
                System.getenv(),
                folder.resolve("err")));
    }

    /// What was measured before any model was there.
    Measured atStart() {
        return start;
    }

    Measured order(String order) throws IOException {
        process.write(order);
        return measured(process.read());
    }

    private Measured measured(String line) throws IOException {
        String[] parts = line.split(" ", -1);
        long resident = MemorySamples.resident(process.pid());
        for (ProcessHandle worker :
                ProcessHandle.of(process.pid()).orElseThrow().descendants().toList()) {
            resident += residentNow(worker);
        }
        return new Measured(
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]),
                Long.parseLong(parts[3]),
                resident);
    }

    /// 0 for a worker that has ended meanwhile, as one without a session does.
    private static long residentNow(ProcessHandle worker) throws IOException {
        try {
            return MemorySamples.resident(worker.pid());
        } catch (NoSuchFileException | NoSuchElementException _) {
            return 0;
        }
    }

    /// Asks a model, and waits up to five minutes.
    Answer ask(String model) throws IOException, InterruptedException {
        return ask(model, Duration.ofMinutes(5));
    }

    Answer ask(String model, Duration timeout) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(
                                uri(port, "/v1/models/" + model + "/prelabels?timeout=" + timeout.toMillis() + "ms"))
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(IMAGE))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        JsonNode body = JSON.readTree(response.body());
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("firstpass-model").orElse(""),
                response.statusCode() == 200
                        ? SizedModel.numberOf(
                                body.get("annotations").get(0).get("score").asDouble())
                        : -1,
                body.toString());
    }

    /// Moves `production`, and returns when that is acknowledged.
    void promote(String model, long version) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(uri(managementPort, "/v1/registry/models/" + model + "/aliases/production"))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString("{\"version\": " + version + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("promotion: " + response.statusCode() + " " + response.body() + "\n" + errors());
        }
    }

    /// What the metrics say.
    String metrics() throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(uri(managementPort, "/metrics")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /// Bytes that models hold by the metrics.
    long residentBytes() throws IOException, InterruptedException {
        return RESIDENT.matcher(metrics())
                .results()
                .map(MatchResult::group)
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    String errors() throws IOException {
        return process.errors();
    }

    private static URI uri(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static byte[] image() {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB), "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return png.toByteArray();
    }

    @Override
    public void close() {
        http.shutdownNow();
        process.close();
    }

    /// @param heap in use after a collection
    /// @param direct bytes of direct buffers
    /// @param nativeBytes that native code in the server's process holds
    /// @param resident bytes of the server and its workers together
    record Measured(long heap, long direct, long nativeBytes, long descriptors, long resident) {}

    /// @param model that the server says has answered
    /// @param number of the model that has, as its score tells
    record Answer(int status, String model, int number, String body) {}
}
