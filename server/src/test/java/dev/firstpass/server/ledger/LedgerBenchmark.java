package dev.firstpass.server.ledger;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.geometry.Rect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;

/// What the ledger costs: nanoseconds on the request's thread for each answer, megabytes on the disk for each million of
/// predictions, and milliseconds of a look-up among them.
///
/// For one thread.
final class LedgerBenchmark {
    private static final int PREDICTIONS = 1_000_000;
    private static final int BURST = 4_000;
    private static final int ROUNDS = 20_000;

    private LedgerBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory("ledger-benchmark-");
        PredictionIds ids = new PredictionIds(InstantSource.system(), new SecureRandom());
        List<Annotation> boxes = IntStream.range(0, 10)
                .<Annotation>mapToObj(
                        i -> new Annotation.Box(new Candidate(i, "crop", 0.5), new Rect(i, 1, 20.5, 30.25)))
                .toList();
        for (int round = 0; round < 3; round++) {
            say("an id", nanos(ROUNDS, ids::get));
            say("the digest of ten boxes, once for each finding", nanos(ROUNDS, () -> LabelsDigest.of(boxes)));
        }
        try (PredictionLedger ledger = PredictionLedger.open(data, LedgerLimits.STANDARD, InstantSource.system())) {
            record(ledger, ids);
            System.out.printf(Locale.ROOT, "written %d, dropped %d%n", ledger.written(), ledger.dropped());
            lookUp(ledger);
        }
        long bytes = Files.size(data.resolve("predictions.db"));
        System.out.printf(Locale.ROOT, "%.0f MB for a million predictions%n", bytes / 1e6 * 1e6 / PREDICTIONS);
        Files.delete(data.resolve("predictions.db"));
        Files.delete(data);
    }

    /// In bursts that the queue has room for, each written before the next.
    private static void record(PredictionLedger ledger, PredictionIds ids) {
        Random random = new Random(1);
        byte[] digest = new byte[32];
        long nanos = 0;
        long start = System.nanoTime();
        for (int done = 0; done < PREDICTIONS; done += BURST) {
            List<Prediction> burst = new ArrayList<>(BURST);
            for (int i = 0; i < BURST; i++) {
                random.nextBytes(digest);
                burst.add(prediction(
                        ids.get(), done + i, "sha256:" + HexFormat.of().formatHex(digest)));
            }
            long before = System.nanoTime();
            burst.forEach(ledger);
            nanos += System.nanoTime() - before;
            var _ = ledger.find(burst.getFirst().id());
        }
        say("recording an answer", nanos / (double) PREDICTIONS);
        System.out.printf(
                Locale.ROOT, "%.0f predictions written in a second%n", PREDICTIONS * 1e9 / (System.nanoTime() - start));
    }

    private static Prediction prediction(UUID id, int number, String digest) {
        Prediction like =
                TestPredictions.of(id, 1 + number % 2, InstantSource.system().instant());
        return new Prediction(
                id,
                like.at(),
                like.tenant(),
                String.format(Locale.ROOT, "photos/field-%07d.jpg", number),
                digest,
                like.model(),
                like.version(),
                like.versionDigest(),
                like.arm(),
                like.spec(),
                like.labels(),
                digest,
                like.latencyNanos());
    }

    private static void lookUp(PredictionLedger ledger) {
        RecordedPrediction middle = ledger.list(new PredictionQuery(
                        Optional.empty(),
                        Optional.of("weeds"),
                        OptionalLong.of(1),
                        Optional.empty(),
                        PREDICTIONS / 2,
                        1))
                .getFirst();
        for (int round = 0; round < 3; round++) {
            say(
                    "a look-up by id",
                    nanos(100, () -> ledger.find(middle.prediction().id())));
            say(
                    "a page of 100 of a version",
                    nanos(
                            100,
                            () -> ledger.list(new PredictionQuery(
                                    Optional.empty(),
                                    Optional.of("weeds"),
                                    OptionalLong.of(1),
                                    Optional.empty(),
                                    middle.sequence(),
                                    100))));
        }
    }

    private static double nanos(int rounds, Runnable work) {
        long start = System.nanoTime();
        for (int i = 0; i < rounds; i++) {
            work.run();
        }
        return (System.nanoTime() - start) / (double) rounds;
    }

    private static void say(String what, double nanos) {
        System.out.printf(Locale.ROOT, "%s: %.0f ns%n", what, nanos);
    }
}
