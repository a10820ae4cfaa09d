package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an upload takes of a server's memory does not depend on its size: 96 MiB go through a heap of 48 MiB and as much
/// memory outside of it as network buffers need.
final class UploadMemoryTest {
    private static final long BYTES = 96L << 20;
    private static final long MARGIN = 8L << 20;

    @TempDir
    Path folder = Path.of("");

    @Test
    void bigUpload_takesLittleMemory() throws Exception {
        List<String> command = JavaProcess.command(
                List.of("-Xmx48m", "-XX:MaxDirectMemorySize=48m", "-XX:+UseSerialGC", "-Djava.io.tmpdir=" + folder),
                UploadedServer.class.getName());
        try (JavaProcess process = JavaProcess.start(command, Map.of(), folder.resolve("err"));
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            String root = "http://127.0.0.1:" + process.read() + "/v1/registry/";
            upload(client, root, 1 << 20, "small");
            long before = heap(process);
            upload(client, root, BYTES, "big");
            long after = heap(process);

            assertTrue(after - before < MARGIN, () -> "heap before: " + before + ", after: " + after);
        }
    }

    /// The other end: a folder goes out through a heap that is a third of it, and nowhere is a copy of it made.
    @Test
    void bigFolder_isSentWithLittleMemory_andWithoutACopy() throws Exception {
        Path model = Files.createDirectory(folder.resolve("weeds"));
        for (String name : List.of("model.onnx", "model.bin")) {
            try (RandomAccessFile file =
                    new RandomAccessFile(model.resolve(name).toFile(), "rw")) {
                file.setLength(BYTES / 2);
            }
        }
        try (TestServer server = new TestServer()) {
            List<String> command = JavaProcess.command(
                    List.of(
                            "-Xmx32m",
                            "-XX:MaxDirectMemorySize=16m",
                            "-XX:+UseSerialGC",
                            "-Djava.io.tmpdir=" + folder.resolve("nowhere")),
                    "dev.firstpass.server.cli.Main",
                    "models",
                    "register",
                    "crops",
                    model.toString(),
                    "--server",
                    "http://127.0.0.1:" + server.managementPort());
            try (JavaProcess process = JavaProcess.start(command, Map.of(), folder.resolve("err"))) {
                assertEquals("crops@3  AVAILABLE", process.read());
            }
            assertTrue(Files.readString(folder.resolve("err")).contains("Sending crops"), "its progress is shown");
        }
    }

    private static long heap(JavaProcess process) throws IOException {
        process.write("heap");
        return Long.parseLong(process.read());
    }

    private static void upload(HttpClient client, String root, long bytes, String name) throws Exception {
        String body = "{\"length\": " + bytes + "}";
        HttpResponse<String> made = send(
                client,
                HttpRequest.newBuilder(URI.create(root + "uploads"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
        String id = new ObjectMapper().readTree(made.body()).path("id").asText();
        HttpResponse<String> sent = send(
                client,
                HttpRequest.newBuilder(URI.create(root + "uploads/" + id))
                        .header("Content-Type", "application/octet-stream")
                        .header("Upload-Offset", "0")
                        .method(
                                "PATCH",
                                BodyPublishers.fromPublisher(
                                        BodyPublishers.ofInputStream(() -> new Zeros(bytes)), bytes)));
        assertEquals(204, sent.statusCode(), sent::body);
        HttpResponse<String> registered = send(
                client,
                HttpRequest.newBuilder(URI.create(root + "models/" + name + "/versions"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"upload\": \"" + id + "\"}")));
        assertEquals(201, registered.statusCode(), registered::body);
    }

    private static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofMinutes(1)).build(), BodyHandlers.ofString());
    }

    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long count) {
            this.left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] bytes, int from, int count) {
            if (left <= 0) {
                return -1;
            }
            int read = (int) Math.min(count, left);
            left -= read;
            return read;
        }
    }
}
