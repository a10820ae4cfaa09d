package dev.firstpass.loadtest.gatling;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What a load test does. It reaches the simulation, which Gatling makes by its class's name, as a file.
///
/// Immutable.
///
/// @param target root of the server's data listener, with a slash at its end
/// @param door `http` or `grpc`
/// @param rate requests a second, on the whole
/// @param seconds that count
/// @param warmUpSeconds before them, of the same load, that do not
/// @param bulkShare of them that nobody waits for, 0 to 1
/// @param timeoutMillis after which an answer is of no use; empty leaves it to the server
/// @param photos folder of images; empty takes the demo's photos
/// @param seed of the arrivals and of who is bulk
/// @param run what tells its requests from those of other runs
/// @param report page to write
/// @param json file to write
record LoadPlan(
        String target,
        String model,
        String door,
        double rate,
        double seconds,
        double warmUpSeconds,
        double bulkShare,
        Optional<Long> timeoutMillis,
        Optional<String> photos,
        long seed,
        long run,
        Optional<String> report,
        Optional<String> json) {
    /// The system property that names the file.
    static final String PROPERTY = "firstpass.load.plan";

    private static final JsonMapper JSON =
            JsonMapper.builder().addModule(new Jdk8Module()).build();

    LoadPlan {
        if (!(rate > 0) || !(seconds > 0) || !(warmUpSeconds >= 0) || !(bulkShare >= 0 && bulkShare <= 1)) {
            throw new IllegalArgumentException("rate, seconds, warm-up, bulk: " + rate + ", " + seconds + ", "
                    + warmUpSeconds + ", " + bulkShare + " (expected: > 0, > 0, >= 0, 0 to 1)");
        }
        if (!door.equals("http") && !door.equals("grpc")) {
            throw new IllegalArgumentException("door: " + door + " (expected: http or grpc)");
        }
    }

    /// Makes it known to simulations of this process; the file goes with the process.
    void publish() throws IOException {
        Path file = Files.createTempFile("firstpass-load-", ".json");
        file.toFile().deleteOnExit();
        Files.write(file, JSON.writeValueAsBytes(this));
        System.setProperty(PROPERTY, file.toString());
    }

    /// The one that was published.
    static LoadPlan published() {
        String file = System.getProperty(PROPERTY);
        if (file == null) {
            throw new IllegalStateException(PROPERTY + " is not set (expected: to be started by loadtest/load)");
        }
        try {
            return JSON.readValue(Files.readAllBytes(Path.of(file)), LoadPlan.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<Path> photoFolder() {
        return photos.map(Path::of);
    }
}
