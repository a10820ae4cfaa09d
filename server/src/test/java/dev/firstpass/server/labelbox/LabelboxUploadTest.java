package dev.firstpass.server.labelbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.labelbox.LabelboxStub.Fault;
import dev.firstpass.server.labelbox.LabelboxUpload.RefusedLine;
import dev.firstpass.server.labelbox.LabelboxUpload.Sent;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LabelboxUploadTest {
    private static final String ROWS =
            RowFileTest.row("1", "a") + "\n" + RowFileTest.row("2", "a") + "\n\n" + RowFileTest.row("3", "b") + "\n";

    private final List<Duration> pauses = new ArrayList<>();
    private final List<Integer> progress = new ArrayList<>();
    private final LabelboxStub stub;

    @TempDir
    private Path folder = Path.of("");

    private RowFile file;

    LabelboxUploadTest() throws IOException {
        stub = new LabelboxStub();
        file = new RowFile(Path.of(""), List.of(), List.of(), 0);
    }

    @BeforeEach
    void write() throws IOException {
        file = RowFile.of(Files.writeString(folder.resolve("rows.ndjson"), ROWS), 100);
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private Sent send() throws IOException, InterruptedException {
        return send(stub.endpoint(), LabelboxStub.KEY);
    }

    private Sent send(URI endpoint, String key) throws IOException, InterruptedException {
        try (LabelboxUpload upload =
                new LabelboxUpload(endpoint, key, "clx0", "weeds", Duration.ofSeconds(20), pauses::add)) {
            return upload.send(file, file.chunks().getFirst(), progress::add);
        }
    }

    private String message() {
        return String.valueOf(assertThrows(LabelboxException.class, this::send).getMessage());
    }

    @Test
    void send_rows_areThereByteForByte() throws Exception {
        Sent sent = send();
        assertEquals(new Sent(sent.importName(), false, List.of()), sent);
        assertTrue(sent.importName().matches("weeds-[0-9a-f]{16}"), sent.importName());
        assertEquals(ROWS.lines().filter(line -> !line.isEmpty()).toList(), stub.rows(sent.importName()));
        assertEquals(List.of(10, 60, 100), progress);
        assertEquals(List.of(Duration.ofSeconds(10), Duration.ofSeconds(10)), pauses);
        assertFalse(stub.wasKeySentElsewhere());
    }

    @Test
    void send_again_sendsNothing() throws Exception {
        Sent first = send();
        assertEquals(new Sent(first.importName(), true, List.of()), send());
        assertEquals(List.of(first.importName()), stub.created());
    }

    @Test
    void send_rowsThatAreRefused_areToldWithTheirLines() throws Exception {
        stub.refuses("1", "3");
        List<String> reasons = List.of("DataRowNotFound: no such data row");
        assertEquals(
                List.of(
                        new RefusedLine(Optional.of(1L), new Refused("1", "d", reasons)),
                        new RefusedLine(Optional.of(4L), new Refused("3", "d", reasons))),
                send().refused());
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RATE_LIMIT", "UNAVAILABLE", "GRAPHQL_LIMIT", "SILENCE"})
    void send_whatPasses_isTriedAgainWithLongerPauses(Fault fault) throws Exception {
        stub.goesThrough("FINISHED 100%").fails(fault, fault, fault);
        send();
        assertEquals(List.of(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4)), pauses);
        assertEquals(1, stub.created().size());
    }

    @Test
    void send_whatDoesNotPass_ends() {
        Fault[] many = new Fault[6];
        java.util.Arrays.fill(many, Fault.UNAVAILABLE);
        stub.fails(many);
        assertEquals("Labelbox answered with status 503", message());
        assertEquals(5, pauses.size());
    }

    /// The second request begins the import; its answer is lost.
    @Test
    void send_whoseAnswerIsLost_isNotSentTwice() throws Exception {
        LabelboxStub slow = stub.goesThrough("FINISHED 100%");
        try (LabelboxUpload upload = new LabelboxUpload(
                slow.endpoint(), LabelboxStub.KEY, "clx0", "weeds", Duration.ofSeconds(20), _ -> {})) {
            // The look-up before it goes well.
            slow.failsOnFile(Fault.LOST_ANSWER);
            upload.send(file, file.chunks().getFirst(), _ -> {});
        }
        assertEquals(1, slow.created().size());
    }

    @Test
    void send_whoseImportFailed_isSentUnderTheNextName() throws Exception {
        stub.goesThrough("RUNNING 5%", "FAILED 5%");
        assertTrue(message().endsWith(" failed as a whole"));
        stub.goesThrough("FINISHED 100%");
        Sent sent = send();
        assertEquals(stub.created().getFirst() + "-2", sent.importName());
    }

    @Test
    void send_whatIsNotLabelbox_isTold() {
        stub.fails(Fault.NO_JSON);
        assertEquals("what answers is not Labelbox: its answer is no JSON", message());
        stub.fails(Fault.REDIRECT);
        assertEquals("Labelbox answered with status 302", message());
        stub.goesThrough("SLEEPING 5%");
        assertEquals("what answers is not Labelbox: an import in the state 'SLEEPING'", message());
    }

    @Test
    void send_withAnotherKey_isRefusedOnce() {
        String message = String.valueOf(assertThrows(LabelboxException.class, () -> send(stub.endpoint(), "another"))
                .getMessage());
        assertEquals("Labelbox answered with status 401: {\"errors\": [{\"message\": \"no\"}]}", message);
        assertEquals(List.of(), pauses);
    }

    @Test
    void send_refusalThatHasTheKeyInIt_isToldWithoutIt() {
        stub.fails(Fault.REFUSED_WITH_KEY);
        assertEquals("Labelbox refused: not with *** (UNAUTHORIZED)", message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://192.0.2.1", "file:///etc", "ftp://127.0.0.1"})
    void send_listOfRefusedRowsInAnUnsafePlace_isNotFetched(String host) {
        stub.hasErrorsAt(host).refuses("1");
        assertEquals(
                "what answers is not Labelbox: an address of a file that is neither https nor on this machine",
                message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://api.example.com/graphql", "ftp://127.0.0.1/", "graphql", "https:///x"})
    void upload_overANetworkInTheClear_isNotBegun(String endpoint) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new LabelboxUpload(URI.create(endpoint), LabelboxStub.KEY, "clx0", "weeds", _ -> {}));
    }
}
