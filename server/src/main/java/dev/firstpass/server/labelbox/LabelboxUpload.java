package dev.firstpass.server.labelbox;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/// Sends a file's rows to a project, an import for each chunk.
///
/// **Nothing is sent twice.** An import is called by its rows' digest, and a project has one import of a name: whoever repeats an
/// upload that was broken off finds what was sent, waits for it, and goes on with the rest. Where an import has failed as a
/// whole, its rows are sent again under the next name.
///
/// For one thread; calls block. Who made it closes it.
public final class LabelboxUpload implements AutoCloseable {
    /// Of a call that fails in a way that passes.
    private static final int ATTEMPTS = 6;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);
    private static final Duration CALL_TIMEOUT = Duration.ofMinutes(2);

    /// Imports of the same rows that may have failed before.
    private static final int MOST_FAILED = 20;

    private final LabelboxApi api;
    private final String project;
    private final String name;
    private final Pause pause;

    /// @param key of Labelbox; sent to `endpoint` alone
    /// @param name beginning of the imports' names
    /// @param pause waits
    /// @throws IllegalArgumentException if the key would go over a network in the clear
    public LabelboxUpload(URI endpoint, String key, String project, String name, Pause pause) {
        this(endpoint, key, project, name, CALL_TIMEOUT, pause);
    }

    LabelboxUpload(URI endpoint, String key, String project, String name, Duration timeout, Pause pause) {
        if (!LabelboxApi.isSafe(endpoint)) {
            throw new IllegalArgumentException(endpoint + " (expected: https://..., or http:// on this machine)");
        }
        this.api = new LabelboxApi(endpoint, key, timeout);
        this.project = project;
        this.name = name;
        this.pause = pause;
    }

    /// Waits.
    @FunctionalInterface
    public interface Pause {
        void pause(Duration duration) throws InterruptedException;
    }

    /// What became of a chunk.
    ///
    /// @param importName of the import in the project
    /// @param wasThere whether it had been sent before
    /// @param refused rows that were not taken, with the line of each in the file where it is known
    public record Sent(String importName, boolean wasThere, List<RefusedLine> refused) {
        public Sent {
            refused = List.copyOf(refused);
        }
    }

    /// A refused row, and where it stands.
    public record RefusedLine(Optional<Long> line, Refused row) {}

    /// Sends a chunk and waits until Labelbox has looked at all of it.
    ///
    /// @param progress is told how many percent of it Labelbox has done
    /// @throws LabelboxException if Labelbox refuses the whole, or cannot be reached for minutes
    /// @throws IOException if the file cannot be read
    public Sent send(RowFile file, Chunk chunk, IntConsumer progress) throws IOException, InterruptedException {
        for (int attempt = 1; attempt <= MOST_FAILED; attempt++) {
            String called = called(chunk, attempt);
            Optional<PredictionImport> known = repeatedly(() -> api.find(project, called));
            if (known.isPresent() && known.get().state() == PredictionImport.State.FAILED) {
                continue;
            }
            PredictionImport now = known.isPresent() ? known.get() : created(called, file, chunk);
            PredictionImport ended = ended(now, called, progress);
            if (ended.state() == PredictionImport.State.FAILED) {
                throw LabelboxException.refused("import " + called + " failed as a whole");
            }
            return new Sent(called, known.isPresent(), refused(ended, file, chunk));
        }
        throw LabelboxException.refused(
                "imports of these rows have failed " + MOST_FAILED + " times (" + called(chunk, 1) + ", ...)");
    }

    private String called(Chunk chunk, int attempt) {
        String called = name + "-" + chunk.digest().substring(0, 16);
        return attempt == 1 ? called : called + "-" + attempt;
    }

    /// Where the answer was lost, the import may be there: it is looked for before the rows are sent again.
    private PredictionImport created(String called, RowFile file, Chunk chunk)
            throws IOException, InterruptedException {
        boolean[] isSent = {false};
        return repeatedly(() -> {
            if (isSent[0]) {
                Optional<PredictionImport> begun = api.find(project, called);
                if (begun.isPresent()) {
                    return begun.get();
                }
            }
            isSent[0] = true;
            return api.create(project, called, file, chunk);
        });
    }

    private PredictionImport ended(PredictionImport begun, String called, IntConsumer progress)
            throws IOException, InterruptedException {
        PredictionImport now = begun;
        while (now.state() == PredictionImport.State.RUNNING) {
            progress.accept(now.progress());
            pause.pause(BETWEEN_LOOKS);
            now = repeatedly(() -> api.find(project, called))
                    .orElseThrow(() -> LabelboxException.refused("import " + called + " is not there any more"));
        }
        progress.accept(100);
        return now;
    }

    private List<RefusedLine> refused(PredictionImport ended, RowFile file, Chunk chunk)
            throws IOException, InterruptedException {
        if (ended.errorFile().isEmpty()) {
            return List.of();
        }
        List<Refused> rows = repeatedly(() -> api.refused(ended.errorFile().get()));
        if (rows.isEmpty()) {
            return List.of();
        }
        Map<String, Long> lines = file.lines(chunk);
        List<RefusedLine> refused = new ArrayList<>();
        rows.forEach(row -> refused.add(new RefusedLine(Optional.ofNullable(lines.get(row.uuid())), row)));
        return refused;
    }

    private <T> T repeatedly(Call<T> call) throws IOException, InterruptedException {
        Duration wait = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                return call.make();
            } catch (LabelboxException e) {
                if (!e.isPassing() || attempt == ATTEMPTS) {
                    throw e;
                }
                pause.pause(wait);
                wait = wait.multipliedBy(2);
            }
        }
    }

    @FunctionalInterface
    private interface Call<T> {
        T make() throws IOException, InterruptedException;
    }

    @Override
    public void close() {
        api.close();
    }
}
