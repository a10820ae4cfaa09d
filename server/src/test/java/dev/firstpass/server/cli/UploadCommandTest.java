package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.labelbox.LabelboxStub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UploadCommandTest {
    private static final String ROW =
            "{\"uuid\": \"%s\", \"dataRow\": {\"id\": \"%s\"}, \"name\": \"crop\", \"answer\": \"x\"}\n";

    private final FakeParts parts = new FakeParts();

    @TempDir
    private Path folder = Path.of("");

    private Path rows(String text) throws IOException {
        return Files.writeString(folder.resolve("labels.ndjson"), text);
    }

    private CommandRun upload(Path file, String url, String... more) {
        String[] arguments = Stream.concat(
                        Stream.of("upload", "labelbox", file.toString(), "--project", "clx0", "--url", url),
                        Stream.of(more))
                .toArray(String[]::new);
        return CommandRun.of(
                parts, Map.of("HOME", "/nonexistent", "LABELBOX_API_KEY", LabelboxStub.KEY + "\n"), arguments);
    }

    @Test
    void upload_sendsEachImportAndListsWhatWasRefused() throws IOException {
        Path file = rows(ROW.formatted("1", "a") + ROW.formatted("2", "b") + ROW.formatted("3", "c"));
        try (LabelboxStub stub = new LabelboxStub().goesThrough("FINISHED 100%").refuses("3")) {
            CommandRun run = upload(file, stub.endpoint().toString(), "--rows", "2", "--json");

            assertEquals(ExitCode.SOME_FAILED, run.exitCode(), run.err());
            JsonNode result = run.json();
            assertEquals(3, result.path("rows").asInt());
            assertEquals(
                    stub.created(),
                    List.of(
                            result.path("imports").path(0).path("name").asText(),
                            result.path("imports").path(1).path("name").asText()));
            Path list = folder.resolve("labels.ndjson.refused.ndjson");
            assertEquals(list.toString(), result.path("refusedFile").asText());
            assertEquals(
                    List.of(
                            "{\"line\":3,\"uuid\":\"3\",\"dataRow\":\"d\",\"reasons\":[\"DataRowNotFound: no such data row\"]}"),
                    Files.readAllLines(list));
            assertFalse((run.out() + run.err()).contains(LabelboxStub.KEY));
        }
    }

    @Test
    void upload_thatBrokeOff_goesOnWithTheRest() throws IOException {
        Path file = rows(ROW.formatted("1", "a") + ROW.formatted("2", "b"));
        try (LabelboxStub stub = new LabelboxStub().goesThrough("FINISHED 100%")) {
            stub.failsOnFileAfter(1, LabelboxStub.Fault.REFUSED_WITH_KEY);
            CommandRun first = upload(file, stub.endpoint().toString(), "--rows", "1");
            assertEquals(ExitCode.FAILED, first.exitCode());
            assertTrue(
                    first.err().contains("(UNAUTHORIZED); the same command again goes on after 1 of 2 imports"),
                    first.err());
            assertFalse(first.err().contains(LabelboxStub.KEY));

            CommandRun second = upload(file, stub.endpoint().toString(), "--rows", "1");
            assertEquals(ExitCode.OK, second.exitCode(), second.err());
            assertTrue(second.out().contains(": 1 rows, there already, 0 refused"), second.out());
            assertEquals(2, stub.created().size());
        }
    }

    @Test
    void dryRun_sendsNothing() throws IOException {
        Path file = rows(ROW.formatted("1", "a") + ROW.formatted("2", "a"));
        try (LabelboxStub stub = new LabelboxStub()) {
            CommandRun run = upload(file, stub.endpoint().toString(), "--dry-run");
            assertEquals(ExitCode.OK, run.exitCode(), run.err());
            assertEquals(
                    "2 rows of 1 data rows in 1 import would be sent to project clx0; nothing was",
                    run.out().strip());
            assertEquals(List.of(), stub.created());
        }
    }

    @Test
    void upload_ofLinesThatLabelboxWouldRefuse_sendsNothing() throws IOException {
        Path file = rows(ROW.formatted("1", "a") + "{}\n");
        try (LabelboxStub stub = new LabelboxStub()) {
            CommandRun run = upload(file, stub.endpoint().toString());
            assertEquals(ExitCode.FAILED, run.exitCode());
            assertTrue(run.err().contains("labels.ndjson:2: uuid: missing"), run.err());
            assertTrue(run.err().contains("1 lines that Labelbox would refuse; nothing was sent"), run.err());
            assertEquals(List.of(), stub.created());
        }
    }

    @Test
    void upload_calledWrongly_saysSo() throws IOException {
        Path file = rows(ROW.formatted("1", "a"));
        assertUsage(
                upload(file, "http://example.com/graphql"), "--url: http://example.com/graphql (expected: https://");
        assertUsage(upload(file, "http://127.0.0.1:1/", "--rows", "0"), "--rows: 0 (expected: 1 to 25000)");
        assertUsage(upload(file, "http://127.0.0.1:1/", "--name", "a\"b"), "--name: 'a\"b' (expected: letters");
        assertUsage(upload(folder.resolve("none"), "http://127.0.0.1:1/"), "no such file: ");
        Path empty = Files.writeString(folder.resolve("key"), "\n");
        assertUsage(
                upload(file, "http://127.0.0.1:1/", "--key-file", empty.toString()), "no key (expected: --key-file");
        assertUsage(CommandRun.of(parts, "upload"), "a command is missing (expected: labelbox)");
    }

    private static void assertUsage(CommandRun run, String message) {
        assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
        assertTrue(run.err().contains(message), run.err());
    }
}
