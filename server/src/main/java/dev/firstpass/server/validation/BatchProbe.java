package dev.firstpass.server.validation;

import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.RunLostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out how many rows a stage really takes in one run: more and more of them, up to what it claims, until it fails,
/// or gives a row another answer than it got alone. What there is no time or memory to try is not believed.
///
/// For one thread.
///
/// @param deadline after which no larger run is begun
/// @param room what the version may hold
/// @param held what it holds
record BatchProbe(
        EngineSession session,
        String input,
        BenchRunner runner,
        Deadline deadline,
        Deadline end,
        LongSupplier room,
        LongSupplier held) {
    private static final Logger LOG = LoggerFactory.getLogger(BatchProbe.class);

    /// What was found.
    ///
    /// @param rows that work
    /// @param why more do not; empty if all that are claimed do
    record Found(int rows, Optional<String> why) {}

    /// @param samples rows of one shape, two at least, which fill the runs in turn
    /// @param claimed most rows, as the manifest has it
    /// @throws RuntimeException if the stage does not even run one row
    Found probe(List<PreparedRow> samples, int claimed) {
        List<List<Snapshot>> alone = new ArrayList<>();
        for (PreparedRow sample : samples) {
            alone.add(runner.run(session, input, List.of(sample), BatchProbe::snapshots)
                    .getFirst());
        }
        long idle = held.getAsLong();
        int works = 1;
        long lastNanos = 0;
        long lastBytes = 0;
        for (int rows : sizes(claimed)) {
            boolean isLong = rows > 2 && deadline.remainingNanos() < 2 * lastNanos;
            if (isLong || end.isPassed()) {
                return new Found(works, Optional.of("there was no time to try " + rows));
            }
            if (2 * lastBytes > room.getAsLong() - idle) {
                return new Found(works, Optional.of("there is no memory to try " + rows));
            }
            long before = end.nanoClock().getAsLong();
            Optional<String> wrong = wrong(samples, alone, rows);
            if (wrong.isPresent()) {
                return new Found(works, Optional.of("with " + rows + " " + wrong.get()));
            }
            lastNanos = end.nanoClock().getAsLong() - before;
            lastBytes = Math.max(0, held.getAsLong() - idle);
            works = rows;
        }
        return new Found(works, Optional.empty());
    }

    /// Powers of two above one, and the most.
    static List<Integer> sizes(int claimed) {
        List<Integer> sizes = new ArrayList<>();
        for (int rows = 2; rows < claimed; rows *= 2) {
            sizes.add(rows);
        }
        if (claimed > 1) {
            sizes.add(claimed);
        }
        return sizes;
    }

    private Optional<String> wrong(List<PreparedRow> samples, List<List<Snapshot>> alone, int rows) {
        List<PreparedRow> batch = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            batch.add(samples.get(i % samples.size()));
        }
        List<List<Snapshot>> together;
        try {
            together = runner.run(session, input, batch, BatchProbe::snapshots);
        } catch (BenchRunner.NoRoomException _) {
            return Optional.of("there is no room for them in the slab");
        } catch (RunLostException e) {
            return refused(rows, "its process ended", e);
        } catch (EngineException e) {
            return refused(rows, "the model failed", e);
        } catch (FailureException e) {
            return refused(rows, e.failure().detail(), e);
        } catch (IllegalArgumentException e) {
            // A tensor whose memory and shape do not go together.
            return refused(rows, "its outputs are not rows", e);
        }
        for (int i = 0; i < rows; i++) {
            Optional<String> odd = odd(alone.get(i % samples.size()), together.get(i));
            if (odd.isPresent()) {
                return odd;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> refused(int rows, String words, RuntimeException e) {
        LOG.info("a run of {} rows did not work: {}", rows, e.toString());
        return Optional.of(words);
    }

    private static Optional<String> odd(List<Snapshot> alone, List<Snapshot> together) {
        for (int i = 0; i < alone.size(); i++) {
            if (!alone.get(i).isLike(together.get(i))) {
                return Optional.of("a row's output " + alone.get(i).name() + " is not what it is alone");
            }
        }
        return Optional.empty();
    }

    private static List<List<Snapshot>> snapshots(List<List<Tensor>> rows) {
        return rows.stream()
                .map(tensors -> tensors.stream().map(Snapshot::of).toList())
                .toList();
    }
}
