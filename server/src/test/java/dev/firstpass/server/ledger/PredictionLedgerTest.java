package dev.firstpass.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PredictionLedgerTest {
    private static final LedgerLimits LIMITS = LedgerLimits.STANDARD;

    @TempDir
    private Path data;

    private volatile Instant now = TestPredictions.NOW;

    private PredictionLedger open(LedgerLimits limits) {
        return PredictionLedger.open(data, limits, () -> now);
    }

    private static Prediction prediction(long number, long version) {
        return TestPredictions.of(TestPredictions.id(number), version, TestPredictions.NOW);
    }

    private static PredictionQuery all(long after, int most) {
        return new PredictionQuery(
                Optional.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty(), after, most);
    }

    private static PredictionQuery ofVersion(long version, long after, int most) {
        return new PredictionQuery(
                Optional.empty(), Optional.of("weeds"), OptionalLong.of(version), Optional.empty(), after, most);
    }

    @Test
    void find_ofWhatWasJustAccepted_givesAllOfIt() {
        try (PredictionLedger ledger = open(LIMITS)) {
            ledger.accept(prediction(1, 1));
            ledger.accept(prediction(2, 2));

            assertEquals(Optional.of(new RecordedPrediction(2, prediction(2, 2))), ledger.find(TestPredictions.id(2)));
            assertEquals(Optional.empty(), ledger.find(TestPredictions.id(3)));
            assertEquals(2, ledger.written());
            assertEquals(0, ledger.dropped());
            assertEquals(Duration.ZERO, ledger.lag());
        }
    }

    @Test
    void list_inPages_givesEachOnceInTheOrderOfWriting() {
        try (PredictionLedger ledger = open(LIMITS)) {
            for (long number = 1; number <= 25; number++) {
                ledger.accept(prediction(number, number % 3));
            }

            assertEquals(LongStream.rangeClosed(1, 10).boxed().toList(), sequences(ledger.list(all(0, 10))));
            assertEquals(LongStream.rangeClosed(21, 25).boxed().toList(), sequences(ledger.list(all(20, 10))));
            assertEquals(List.of(1L, 4L, 7L), sequences(ledger.list(ofVersion(1, 0, 3))));
            assertEquals(List.of(10L, 13L, 16L), sequences(ledger.list(ofVersion(1, 7, 3))));
            assertEquals(
                    List.of(6L, 7L, 8L),
                    sequences(ledger.list(new PredictionQuery(
                            Optional.empty(), Optional.of("weeds"), OptionalLong.empty(), Optional.empty(), 5, 3))));
            assertEquals(List.of(), ledger.list(ofVersion(9, 0, 3)));
        }
    }

    private static PredictionQuery ofTenant(String tenant, long after, int most) {
        return new PredictionQuery(
                Optional.of(tenant), Optional.empty(), OptionalLong.empty(), Optional.empty(), after, most);
    }

    /// Among many of others; a file of before has the index as well once it is opened.
    @Test
    void list_ofATenant_isItsOwn_andIsReadAlongItsOwn() throws Exception {
        try (PredictionLedger ledger = open(LIMITS)) {
            for (long number = 1; number <= 30; number++) {
                String tenant = number % 10 == 0 ? "acme" : number % 10 == 1 ? "other" : "local";
                ledger.accept(TestPredictions.of(tenant, TestPredictions.id(number), 1, TestPredictions.NOW));
            }
        }
        try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("predictions.db"));
                Statement statement = file.createStatement()) {
            statement.execute("DROP INDEX prediction_by_tenant");
        }
        try (PredictionLedger ledger = open(LIMITS)) {
            assertEquals(List.of(10L, 20L), sequences(ledger.list(ofTenant("acme", 0, 2))));
            assertEquals(List.of(30L), sequences(ledger.list(ofTenant("acme", 20, 2))));
            assertEquals(List.of(1L, 11L, 21L), sequences(ledger.list(ofTenant("other", 0, 9))));
            assertEquals(List.of(), sequences(ledger.list(ofTenant("nobody", 0, 9))));
            assertEquals(24, ledger.list(ofTenant("local", 0, 99)).size());
            // By now whoever writes has the file open.
            ledger.accept(TestPredictions.of("other", TestPredictions.id(31), 1, TestPredictions.NOW));
            assertEquals(List.of(31L), sequences(ledger.list(ofTenant("other", 21, 9))));
        }
        try (Connection file = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("predictions.db"));
                Statement statement = file.createStatement();
                ResultSet plan = statement.executeQuery("EXPLAIN QUERY PLAN SELECT id FROM prediction"
                        + " WHERE tenant = 'acme' AND tenant <> 'local' AND sequence > 7 ORDER BY sequence LIMIT 2")) {
            plan.next();
            assertTrue(plan.getString("detail").contains("prediction_by_tenant"), plan.getString("detail"));
            assertFalse(plan.next(), "nothing is sorted");
        }
    }

    @Test
    void list_sinceATime_beginsWithWhatWasReadyThen() {
        Instant noon = TestPredictions.NOW;
        try (PredictionLedger ledger = open(LIMITS)) {
            for (long number = 1; number <= 4; number++) {
                ledger.accept(TestPredictions.of(TestPredictions.id(number), 1 + number % 2, noon.plusMillis(number)));
            }
            assertEquals(List.of(2L, 3L, 4L), sequences(ledger.list(since(noon.plusMillis(2)))));
            assertEquals(
                    List.of(3L, 4L),
                    sequences(ledger.list(since(noon.plusMillis(2).plusNanos(1)))));
            assertEquals(List.of(), sequences(ledger.list(since(noon.plusMillis(5)))));
            assertEquals(
                    List.of(3L),
                    sequences(ledger.list(new PredictionQuery(
                            Optional.empty(),
                            Optional.of("weeds"),
                            OptionalLong.of(2),
                            Optional.of(noon.plusMillis(2)),
                            0,
                            10))));
        }
    }

    private static PredictionQuery since(Instant at) {
        return new PredictionQuery(Optional.empty(), Optional.empty(), OptionalLong.empty(), Optional.of(at), 0, 10);
    }

    /// Also while it is written.
    @Test
    void reader_findsWhatIsOnTheDisk_andNothingWhereThereIsNoLedger() {
        LedgerReader reader = LedgerReader.of(data);
        assertEquals(Optional.empty(), reader.find(TestPredictions.id(1)));
        assertEquals(List.of(), reader.list(all(0, 10)));
        try (PredictionLedger ledger = open(LIMITS)) {
            ledger.accept(prediction(1, 1));
            assertEquals(List.of(1L), sequences(ledger.list(all(0, 10))));

            assertEquals(Optional.of(new RecordedPrediction(1, prediction(1, 1))), reader.find(TestPredictions.id(1)));
            assertEquals(List.of(1L), sequences(reader.list(all(0, 10))));
        }
        assertEquals(List.of(1L), sequences(reader.list(all(0, 10))));
        assertFalse(reader.isRecording());
    }

    private static List<Long> sequences(List<RecordedPrediction> found) {
        return found.stream().map(RecordedPrediction::sequence).toList();
    }

    @Test
    void close_writesAllThatWasAccepted_andTheNextOneGoesOn() {
        try (PredictionLedger ledger = open(LIMITS)) {
            for (long number = 1; number <= 5_000; number++) {
                ledger.accept(prediction(number, 1));
            }
        }
        try (PredictionLedger ledger = open(LIMITS)) {
            assertEquals(
                    Optional.of(5_000L), ledger.find(TestPredictions.id(5_000)).map(RecordedPrediction::sequence));
            ledger.accept(prediction(5_001, 1));
            assertEquals(List.of(5_001L), sequences(ledger.list(all(5_000, 10))));
            assertEquals(1, ledger.written());
        }
    }

    @Test
    void close_withoutAPrediction_makesNoFile() throws Exception {
        open(LIMITS).close();

        try (Stream<Path> files = Files.list(data)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void accept_afterClose_isCountedAsDropped() {
        PredictionLedger ledger = open(LIMITS);
        ledger.close();
        ledger.accept(prediction(1, 1));

        assertEquals(1, ledger.dropped());
    }

    /// The directory that the file should be in is a file itself, so that nothing can be written until it is mended.
    @Test
    void accept_whileTheDiskIsBroken_dropsWhatFindsNoRoomAndWritesTheRestLater() throws Exception {
        Path place = Files.writeString(data.resolve("place"), "a file");
        try (PredictionLedger ledger = PredictionLedger.open(place, LIMITS, () -> now, 100)) {
            for (long number = 1; number <= 150; number++) {
                ledger.accept(prediction(number, 1));
            }
            assertEquals(50, ledger.dropped());
            assertEquals(0, ledger.written());
            now = now.plusSeconds(3);
            assertEquals(Duration.ofSeconds(3), ledger.lag());

            Files.delete(place);
            Files.createDirectory(place);
            while (ledger.written() == 0) {
                Thread.sleep(10);
            }
            assertEquals(100, ledger.list(all(0, 1000)).size());
            assertEquals(50, ledger.dropped());
        }
    }

    @Test
    void accept_whenTheFileIsDamaged_putsItAsideAndBeginsANewOne() throws Exception {
        Files.writeString(
                data.resolve("predictions.db"), "no database at all, and longer than a header is".repeat(100));
        try (PredictionLedger ledger = open(LIMITS)) {
            ledger.accept(prediction(1, 1));
            while (ledger.written() == 0) {
                Thread.sleep(10);
            }
            assertTrue(ledger.find(TestPredictions.id(1)).isPresent());
            assertEquals(0, ledger.dropped());
        }
        try (Stream<Path> files = Files.list(data)) {
            assertTrue(files.anyMatch(file -> file.getFileName().toString().startsWith("predictions.db.damaged-")));
        }
    }

    @Test
    void accept_whenTheFileIsOfANewerRelease_leavesItAlone() throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("predictions.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 2");
        }
        byte[] before = Files.readAllBytes(data.resolve("predictions.db"));
        PredictionLedger ledger = open(LIMITS);
        ledger.accept(prediction(1, 1));
        ledger.close();
        assertEquals(1, ledger.dropped());
        assertEquals(before.length, Files.readAllBytes(data.resolve("predictions.db")).length);
    }

    @Test
    void retention_byCount_keepsTheNewest() {
        try (PredictionLedger ledger = open(new LedgerLimits(40, Duration.ofDays(1), 1 << 30))) {
            for (long number = 1; number <= 100; number++) {
                ledger.accept(prediction(number, 1));
            }
            var _ = ledger.find(TestPredictions.id(1));
        }
        try (PredictionLedger ledger = open(LIMITS)) {
            assertEquals(LongStream.rangeClosed(61, 100).boxed().toList(), sequences(ledger.list(all(0, 1000))));
        }
    }

    @Test
    void retention_byAge_keepsWhatIsYoung() {
        LedgerLimits day = new LedgerLimits(1000, Duration.ofDays(1), 1 << 30);
        try (PredictionLedger ledger = open(day)) {
            ledger.accept(prediction(1, 1));
            ledger.accept(prediction(2, 1));
            assertEquals(2, ledger.list(all(0, 10)).size());
            now = now.plus(Duration.ofHours(25));
            ledger.accept(TestPredictions.of(TestPredictions.id(3), 1, now));
        }
        try (PredictionLedger ledger = open(day)) {
            assertEquals(List.of(3L), sequences(ledger.list(all(0, 10))));
        }
    }

    @Test
    void retention_byBytes_boundsTheFile() throws Exception {
        long bytes = 1 << 20;
        try (PredictionLedger ledger = open(new LedgerLimits(1_000_000, Duration.ofDays(1), bytes))) {
            for (long number = 1; number <= 20_000; number++) {
                ledger.accept(prediction(number, 1));
                if (number % 1000 == 0) {
                    var _ = ledger.find(TestPredictions.id(number));
                }
            }
            assertEquals(0, ledger.dropped());
            List<Long> kept = sequences(ledger.list(all(0, 1_000_000)));
            assertEquals(20_000, kept.getLast());
            assertFalse(kept.contains(1L));
            assertTrue(kept.size() > 2000, () -> "kept: " + kept.size());
        }
        assertTrue(
                Files.size(data.resolve("predictions.db")) < bytes * 3 / 2,
                () -> "bytes: " + data.resolve("predictions.db").toFile().length());
    }
}
