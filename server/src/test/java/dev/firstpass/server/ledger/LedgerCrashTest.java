package dev.firstpass.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// A process that records answers is killed at random instants: what it recorded more than a second before is in the
/// ledger, what is there has no gap, and the next process goes on.
@Isolated
final class LedgerCrashTest {
    private static final int KILLS = Boolean.getBoolean("firstpass.long") ? 50 : 3;
    private static final long WINDOW_MILLIS = 1000;
    private static final long SEED = 20_261_126;

    @TempDir
    private Path temp;

    /// Records a prediction a millisecond, each under its place in the order, and then says so with the time.
    static final class Recorder {
        private Recorder() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (PredictionLedger ledger =
                    PredictionLedger.open(Path.of(arguments[0]), LedgerLimits.STANDARD, InstantSource.system())) {
                for (long number = Long.parseLong(arguments[1]); ; number++) {
                    ledger.accept(TestPredictions.of(
                            TestPredictions.id(number),
                            1,
                            InstantSource.system().instant()));
                    System.out.println(number + " " + System.currentTimeMillis() + " said");
                    Thread.sleep(1);
                }
            }
        }
    }

    private record Said(long number, long millis) {}

    @Test
    void recorder_killedAtRandomInstants_losesASecondAtMost() throws Exception {
        Random random = new Random(SEED);
        System.out.println("seed " + SEED);
        long next = 1;
        long worst = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path out = temp.resolve("out-" + kill);
            Process process = start(next, out);
            awaitFirst(out, process);
            Thread.sleep(random.nextInt(1500));
            long killed = System.currentTimeMillis();
            process.destroyForcibly();
            assertTrue(process.waitFor(1, TimeUnit.MINUTES));
            List<Said> said = said(out);

            long kept = last(next);
            long lost = said.stream()
                    .filter(each -> each.number() > kept)
                    .mapToLong(each -> killed - each.millis())
                    .max()
                    .orElse(0);
            assertTrue(lost <= WINDOW_MILLIS, "kill " + kill + ": lost was what is " + lost + " ms old");
            worst = Math.max(worst, lost);
            next = kept + 1;
        }
        System.out.println("kills " + KILLS + ", oldest that was lost " + worst + " ms");
    }

    private Process start(long from, Path out) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Recorder.class.getName(),
                        temp.toString(),
                        Long.toString(from))
                .redirectOutput(out.toFile())
                .redirectError(temp.resolve("err").toFile())
                .start();
    }

    private void awaitFirst(Path out, Process process) throws Exception {
        while (said(out).isEmpty()) {
            assertTrue(process.isAlive(), Files.readString(temp.resolve("err")));
            Thread.sleep(10);
        }
    }

    private static List<Said> said(Path out) throws IOException {
        return Files.readAllLines(out).stream()
                .map(line -> line.split(" ", -1))
                .filter(words -> words.length == 3 && words[2].equals("said"))
                .map(words -> new Said(Long.parseLong(words[0]), Long.parseLong(words[1])))
                .toList();
    }

    /// The last number that is in the ledger, after a look that none before it is missing.
    private long last(long from) {
        try (PredictionLedger ledger = PredictionLedger.open(temp, LedgerLimits.STANDARD, InstantSource.system())) {
            List<Long> kept = ledger
                    .list(new PredictionQuery(
                            Optional.empty(),
                            Optional.empty(),
                            OptionalLong.empty(),
                            Optional.empty(),
                            0,
                            Integer.MAX_VALUE))
                    .stream()
                    .map(each -> each.prediction().id().getLeastSignificantBits())
                    .toList();
            for (int i = 0; i < kept.size(); i++) {
                assertEquals(i + 1, kept.get(i));
            }
            return kept.isEmpty() ? from - 1 : kept.getLast();
        }
    }
}
