package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.server.demo.DemoModel;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.FetchListener;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A server reaches nobody and writes nowhere but to its data and temporary files: seen from outside, by the system calls
/// that it makes from its start to its end.
///
/// ONNX Runtime's telemetry keeps quiet where the variable `CI` is set, so the server is started without it.
final class NothingLeavesTest {
    private static final String MAIN = "dev.firstpass.server.cli.Main";
    private static final Pattern FONT = Pattern.compile(
            "fontconfig|freetype|/fonts?[/\"]|\\.(?:ttf|ttc|otf|pf[ab]|pcf)\\b", Pattern.CASE_INSENSITIVE);
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    private Path home = Path.of("");
    private Path data = Path.of("");
    private Path temp = Path.of("");
    private Path log = Path.of("");

    @BeforeEach
    void makeFolders() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        data = Files.createDirectory(folder.resolve("data"));
        temp = Files.createDirectory(folder.resolve("temp"));
        log = folder.resolve("calls");
    }

    @Test
    void server_fromStartToEnd_staysOnLoopbackAndInItsFolders() throws Exception {
        requireStrace();
        try (JavaProcess server = JavaProcess.start(
                        SystemCalls.traced(log, serve()),
                        environment("ORT_DISABLE_TELEMETRY", "1"),
                        folder.resolve("err"));
                HttpClient http = HttpClient.newHttpClient()) {
            assertTrue(server.read().startsWith("ready http://127.0.0.1:"));
            JsonNode addresses = JSON.readTree(Files.readAllBytes(data.resolve("server.json")));
            register(http, addresses.get("adminUrl").asText());
            prelabel(http, addresses.get("url").asText());
            ProcessHandle.of(addresses.get("pid").asLong()).orElseThrow().destroy();
            server.await();
        }

        List<String> lines = Files.readAllLines(log);
        assertTrue(lines.stream().anyMatch(line -> line.contains("bind(")), "the trace shows the listeners");
        assertTrue(
                lines.stream().anyMatch(line -> line.contains(data + "/") && line.contains("O_RDWR")),
                "the trace shows the registry's database");
        assertEquals(List.of(), calls().violations(lines));
    }

    /// A machine without fonts gets the same picture, since none is looked for: labels are drawn by OpenCV's own strokes.
    @Test
    void overlay_whilePainted_looksForNoFont() throws Exception {
        requireStrace();
        Path picture = data.resolve("overlay.png");
        List<String> paint = JavaProcess.command(
                List.of("-Djava.io.tmpdir=" + temp), OverlayOfOneBox.class.getName(), picture.toString());
        try (JavaProcess painter =
                JavaProcess.start(SystemCalls.traced(log, paint), environment("LANG", "C"), folder.resolve("err"))) {
            assertEquals(0, painter.await(), painter.errors());
        }

        List<String> opened = Files.readAllLines(log);
        assertTrue(opened.stream().anyMatch(line -> line.contains("libopencv_imgproc")), "the trace shows OpenCV");
        assertTrue(Files.size(picture) > 0);
        assertEquals(
                List.of(),
                opened.stream().filter(line -> FONT.matcher(line).find()).toList());
    }

    @Test
    void trace_ofAProgramThatWritesElsewhere_showsIt() throws Exception {
        requireStrace();
        List<String> leak = List.of("sh", "-c", "echo inside >\"$TMPDIR/file\"; echo outside >\"$HOME/file\"");
        try (JavaProcess program = JavaProcess.start(
                SystemCalls.traced(log, leak), environment("TMPDIR", temp.toString()), folder.resolve("err"))) {
            assertEquals(0, program.await(), program.errors());
        }

        List<String> violations = calls().violations(Files.readAllLines(log));
        assertEquals(1, violations.size(), violations.toString());
        assertTrue(violations.getFirst().contains(home + "/file"), violations.toString());
    }

    /// As strace 6.1 writes them.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "812 connect(9<socket:[55]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"192.0.2.1\")}, 16)"
                        + " = -1 ENETUNREACH (Network is unreachable)",
                "812 connect(9<socket:[55]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0),"
                        + " inet_pton(AF_INET6, \"::ffff:192.0.2.1\", &sin6_addr), sin6_scope_id=0}, 28 <unfinished ...>",
                "812 connect(9<socket:[55]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0),"
                        + " inet_pton(AF_INET6, \"2001:db8::1\", &sin6_addr), sin6_scope_id=0}, 28) = 0",
                "812 connect(9<socket:[55]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"127.0.0.53\")}, 16) = 0",
                "812 sendto(9<socket:[55]>, \"\\1\\0\", 2, MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=htons(514),"
                        + " sin_addr=inet_addr(\"192.0.2.1\")}, 16) = 2",
                "812 sendmsg(9<socket:[55]>, {msg_name={sa_family=AF_INET, sin_port=htons(443),"
                        + " sin_addr=inet_addr(\"192.0.2.1\")}, msg_namelen=16, msg_iov=[], msg_iovlen=0}, 0) = 0",
                "812 bind(9<socket:[55]>, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"0.0.0.0\")}, 16) = 0",
                "812 io_uring_setup(8, {flags=0}) = 9",
                "812 openat(AT_FDCWD</srv>, \"/root/.cache/telemetry.db\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 9",
                "812 openat(AT_FDCWD</srv>, \"mat-debug-812.log\", O_WRONLY|O_CREAT|O_TRUNC, 0666 <unfinished ...>",
                "812 openat(7</root>, \"x\", O_WRONLY) = -1 EACCES (Permission denied)",
                "812 mkdir(\"/root/.javacpp\", 0777) = -1 EEXIST (File exists)",
                "812 renameat2(AT_FDCWD</srv>, \"/DATA/x\", AT_FDCWD</srv>, \"/root/x\", 0) = 0",
                "812 symlink(\"/DATA/a\", \"/root/a\") = 0",
                "812 unlink(\"/DATA/../root/x\") = 0",
                "812 openat(AT_FDCWD</srv>, \"/proc/811/fd/3\", O_RDWR) = 4</root/x>",
            })
    void violations_ofACallThatReachesOut_isSeen(String line) {
        assertEquals(List.of(line), new SystemCalls(List.of(Path.of("/DATA"))).violations(List.of(line)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "812 connect(9<socket:[55]>, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0",
                "812 bind(9<socket:[55]>, {sa_family=AF_INET6, sin6_port=htons(0), sin6_flowinfo=htonl(0),"
                        + " inet_pton(AF_INET6, \"::ffff:127.0.0.1\", &sin6_addr), sin6_scope_id=0}, 28) = 0",
                "812 accept4(9<socket:[55]>, {sa_family=AF_INET, sin_port=htons(40000), sin_addr=inet_addr(\"127.0.0.1\")}, [16], 0)"
                        + " = 10<socket:[56]>",
                "812 openat(AT_FDCWD</srv>, \"/etc/hosts\", O_RDONLY|O_CLOEXEC) = 9</etc/hosts>",
                "812 openat(AT_FDCWD</DATA>, \"registry.db\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 9</DATA/registry.db>",
                "812 openat(AT_FDCWD</srv>, \"/dev/null\", O_WRONLY) = 9</dev/null>",
                "812 openat(AT_FDCWD</srv>, \"/proc/811/fd/3\", O_RDWR) = 4</memfd:firstpass-slab>(deleted)",
                "812 symlink(\"libx.so.1\", \"/DATA/libx.so\") = 0",
                "812 rename(\"/DATA/a\", \"/DATA/b\") = 0",
                "812 <... connect resumed>)           = 0",
                "812 +++ exited with 0 +++",
            })
    void violations_ofACallThatStaysInside_areNone(String line) {
        assertEquals(List.of(), new SystemCalls(List.of(Path.of("/DATA"))).violations(List.of(line)));
    }

    @Test
    void violations_ofACallWhoseLineWasInterrupted_areJudgedByAllOfIt() {
        List<String> shared = List.of(
                "812 openat(AT_FDCWD</srv>, \"/proc/811/fd/3\", O_RDWR <unfinished ...>",
                "813 <... futex resumed>) = 0",
                "812 <... openat resumed>)            = 4</memfd:firstpass-slab>(deleted)");
        String foreign = "812 openat(AT_FDCWD</srv>, \"/proc/811/fd/3\", O_RDWR) = 4</root/x>";

        assertEquals(List.of(), new SystemCalls(List.of()).violations(shared));
        assertEquals(
                List.of(foreign),
                new SystemCalls(List.of())
                        .violations(List.of(shared.getFirst(), "812 <... openat resumed>) = 4</root/x>")));
    }

    /// Workers get it in any case.
    @Test
    void serverThatRunsModelsItself_withoutTheTelemetrySwitch_refusesToStart() throws Exception {
        List<String> inProcess = Stream.concat(serve().stream(), Stream.of("--isolation", "in-process"))
                .toList();
        try (JavaProcess server = JavaProcess.start(inProcess, environment("LANG", "C"), folder.resolve("err"))) {
            assertEquals(1, server.await());
            assertTrue(server.errors().contains("ORT_DISABLE_TELEMETRY: '' (expected: 1 "), server.errors());
            assertFalse(server.errors().contains("\tat "), server.errors());
        }
    }

    private List<String> serve() {
        return JavaProcess.command(
                List.of("-Djava.io.tmpdir=" + temp),
                MAIN,
                "serve",
                "--data",
                data.toString(),
                "--port",
                "0",
                "--admin-port",
                "0");
    }

    private SystemCalls calls() {
        return new SystemCalls(List.of(data, temp));
    }

    /// All that the process gets, and so no `CI`.
    private Map<String, String> environment(String name, String value) {
        return Map.of("PATH", System.getenv("PATH"), "HOME", home.toString(), name, value);
    }

    private static void register(HttpClient http, String url) throws Exception {
        DemoModel coco = DemoModels.all().getFirst();
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url + "v1/registry/models/coco/versions"))
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofFile(
                                DemoServer.models().fetch(coco, FetchListener.NONE)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(201, response.statusCode(), response.body());
    }

    private static void prelabel(HttpClient http, String url) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url + "v1/models/coco/prelabels?timeout=2m"))
                        .header("Content-Type", "image/jpeg")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(Goldens.photo("dog.jpg")))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
        assertTrue(response.body().contains("\"dog\""), response.body());
    }

    private static void requireStrace() throws Exception {
        boolean there;
        try {
            Process strace = new ProcessBuilder("strace", "-f", "-o", "/dev/null", "true").start();
            there = strace.waitFor(20, TimeUnit.SECONDS) && strace.exitValue() == 0;
        } catch (IOException _) {
            there = false;
        }
        assumeTrue(there, "strace (a Debian package) is missing or may not trace here");
    }
}
