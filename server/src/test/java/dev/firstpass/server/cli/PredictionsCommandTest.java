package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.firstpass.server.call.Arm;
import dev.firstpass.server.ledger.LedgerLimits;
import dev.firstpass.server.ledger.Prediction;
import dev.firstpass.server.ledger.PredictionLedger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The ledger on the command line, in a data directory.
final class PredictionsCommandTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

    private final FakeParts parts = new FakeParts();

    @TempDir
    Path data = Path.of("");

    private static UUID id(long number) {
        return new UUID(0x019ac0de_7d1f_7a02L, 0x8f5e_0000_0000_0000L + number);
    }

    /// Predictions of `weeds`, one each second, of versions 1 and 2 in turn.
    private void record(int count) {
        try (PredictionLedger ledger = PredictionLedger.open(data, LedgerLimits.STANDARD, () -> NOON)) {
            for (long number = 1; number <= count; number++) {
                ledger.accept(new Prediction(
                        id(number),
                        NOON.plusSeconds(number),
                        "local",
                        "field " + number + ".jpg",
                        "sha256:" + "a".repeat(64),
                        "weeds",
                        1 + number % 2,
                        "sha256:" + "b".repeat(64),
                        number % 2 == 0 ? Arm.STABLE : Arm.CANARY,
                        "",
                        12,
                        "sha256:" + "c".repeat(64),
                        34_567_000));
            }
        }
    }

    private CommandRun run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("predictions"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return CommandRun.of(parts, all.toArray(String[]::new));
    }

    private List<Long> sequences(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("list", "--json"));
        all.addAll(List.of(arguments));
        JsonNode found = run(all.toArray(String[]::new)).json().path("predictions");
        return StreamSupport.stream(found.spliterator(), false)
                .map(each -> each.path("sequence").asLong())
                .toList();
    }

    @Test
    void list_ofAVersionOrSinceATime_isThatPart() throws IOException {
        record(6);

        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), sequences());
        assertEquals(List.of(1L, 3L, 5L), sequences("--model", "weeds@2"));
        assertEquals(List.of(4L, 5L, 6L), sequences("--model", "weeds", "--since", "2026-11-26T12:00:04Z"));
        assertEquals(List.of(3L, 4L), sequences("--after", "2", "--limit", "2"));
        assertEquals(List.of(), sequences("--model", "other"));
    }

    @Test
    void list_ofMoreThanAPage_isWhole() throws IOException {
        record(2100);

        assertEquals(LongStream.rangeClosed(1, 2100).boxed().toList(), sequences("--limit", "5000"));
        assertEquals(LongStream.rangeClosed(1, 2050).boxed().toList(), sequences("--limit", "2050"));
        assertEquals(100, sequences().size());
    }

    @Test
    void list_forPeople_isATable_orSaysThatThereIsNothing() {
        record(1);
        CommandRun one = run("list");
        CommandRun none = run("list", "--model", "weeds@9");

        assertEquals(
                "1         2026-11-26T12:00:01Z  " + id(1) + "  weeds@2  canary  'field 1.jpg'  12      34.6",
                one.out().lines().toList().getLast());
        assertEquals(ExitCode.OK, none.exitCode());
        assertEquals("", none.out());
        assertEquals("No such prediction is in the ledger.\n", none.err());
    }

    @Test
    void show_byId_tellsAllOfIt_andRefusesWhatIsNotThere() throws IOException {
        record(2);
        CommandRun shown = run("show", id(2).toString());
        JsonNode json = run("show", id(2).toString(), "--json").json();
        CommandRun absent = run("show", id(3).toString());

        assertTrue(shown.out().contains("model       weeds@1  sha256:bbb"), shown.out());
        assertTrue(shown.out().contains("millis      34.567\n"), shown.out());
        assertEquals(2, json.path("sequence").asLong());
        assertEquals("2026-11-26T12:00:02Z", json.path("at").asText());
        assertEquals("weeds", json.at("/model/name").asText());
        assertEquals("field 2.jpg", json.at("/asset/id").asText());
        assertEquals(12, json.at("/labels/count").asInt());
        assertEquals(34.567, json.path("millis").asDouble());
        assertEquals(ExitCode.FAILED, absent.exitCode());
        assertTrue(
                absent.err()
                        .startsWith("firstpass predictions show: PREDICTION_NOT_FOUND: " + id(3)
                                + ": no such prediction in the ledger"),
                absent.err());
    }
}
