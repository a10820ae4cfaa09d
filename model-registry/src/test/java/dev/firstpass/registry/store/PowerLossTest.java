package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.store.CrashDisk.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A process of its own makes every kind of change under strace. Its calls are made again on a model of a disk
/// ([CrashDisk]), the power goes after one or another of them, and what the disk may hold then is opened: nothing that was
/// acknowledged is lost, and nothing is torn.
///
/// A seeded sample always; with `-Dfirstpass.long=true` after 1,200 calls, in five states each, and an alias is moved so often that
/// SQLite copies its log into the database in between.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PowerLossTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int MOVES = LONG ? 260 : 2;
    private static final int LOSSES = LONG ? 1_200 : 7;
    private static final int RANDOM_STATES = LONG ? 3 : 1;

    private Path temp = Path.of("");
    private Path disk = Path.of("");
    private List<TracedCall> calls = List.of();
    private List<AuditLine> written = List.of();

    @BeforeAll
    void trace(@TempDir Path folder) throws Exception {
        Strace.assumeThere();
        temp = folder.toRealPath();
        disk = Files.createDirectories(temp.resolve("disk"));
        Path data = disk.resolve("data");
        Path log = temp.resolve("calls");
        List<String> script = RegistryScript.command(data, temp.resolve("offers"), MOVES);
        List<String> said = RegistryScript.run(Strace.command(log, List.of(), script), temp);
        assertEquals(
                15 + MOVES,
                said.stream().filter(line -> line.startsWith("acknowledged")).count(),
                said::toString);
        calls = TracedCall.read(log);
        try (ModelRegistry registry = ModelRegistryTest.open(data)) {
            written = RegistryScript.lines(registry);
        }
    }

    private interface PowerLoss {
        void at(CrashDisk model) throws IOException;
    }

    /// Makes the calls again, and lets the power go after some of those that change what a disk may hold, or after which
    /// something was said.
    ///
    /// @param most calls after which it goes, which are drawn by `random`
    private void replay(Predicate<Path> ignoresSyncs, int most, Random random, PowerLoss loss) throws IOException {
        CrashDisk counted = new CrashDisk(disk, ignoresSyncs);
        List<Integer> changing = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            if (counted.apply(calls.get(i))) {
                changing.add(i);
            }
        }
        Collections.shuffle(changing, random);
        Set<Integer> chosen = new HashSet<>(changing.subList(0, Math.min(most, changing.size())));
        CrashDisk model = new CrashDisk(disk, ignoresSyncs);
        for (int i = 0; i < calls.size(); i++) {
            if (model.apply(calls.get(i)) && chosen.contains(i)) {
                loss.at(model);
            }
        }
    }

    /// Opens what a disk holds.
    private void open(Image image, List<String> said, Path at) throws IOException {
        try {
            image.write(at);
            WholeRegistry.require(at.resolve("data"), said, Optional.of(written));
        } finally {
            Durable.deleteTree(at);
        }
    }

    @Test
    void open_afterTheReplayedCalls_isWhatTheProcessLeft() throws IOException {
        CrashDisk model = new CrashDisk(disk, _ -> false);
        calls.forEach(model::apply);
        Path at = temp.resolve("replayed");
        model.all().write(at);

        for (String name : List.of("data/registry.db", "data/lock")) {
            assertEquals(-1, Files.mismatch(disk.resolve(name), at.resolve(name)), name);
        }
        WholeRegistry.require(at.resolve("data"), model.said(), Optional.of(written));
        WholeRegistry.require(disk.resolve("data"), model.said(), Optional.of(written));
    }

    @Test
    void open_afterThePowerWent_hasWhatWasAcknowledged() throws IOException {
        long seed = LONG ? 1 : System.nanoTime();
        Random random = new Random(seed);
        int[] opened = {0};
        replay(_ -> false, LOSSES, random, model -> {
            List<Image> images = new ArrayList<>(List.of(model.synced()));
            for (int i = 0; i < RANDOM_STATES; i++) {
                images.add(model.some(random));
            }
            if (LONG) {
                images.add(model.all());
            }
            for (Image image : images) {
                try {
                    open(image, model.said(), temp.resolve("state"));
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError(
                            "state " + opened[0] + " of seed " + seed + ", after " + model.said() + ": "
                                    + image.entries().keySet(),
                            e);
                }
                opened[0]++;
            }
        });
        System.out.printf(
                "power loss: %d states of the disk, of %d traced calls, opened; 0 lost (seed %d)%n",
                opened[0], calls.size(), seed);
    }

    /// Syncs of what are left out: some always, all in the long run.
    static List<String> leftOut() {
        return LONG
                ? List.of(
                        "registry.db",
                        "registry.db-wal",
                        "files",
                        "manifest.json",
                        "staged folders",
                        "artifacts",
                        "data",
                        "disk")
                : List.of("registry.db-wal", "files", "artifacts", "disk");
    }

    /// The test can fail: a registry that did not sync something would lose what it acknowledged.
    @ParameterizedTest
    @MethodSource("leftOut")
    void open_afterThePowerWent_findsThatSyncsWereLeftOut(String what) throws IOException {
        Predicate<Path> ignored = path -> switch (what) {
            case "files" ->
                path.toString().contains("/files/")
                        && path.getFileName().toString().contains(".");
            case "staged folders" ->
                path.startsWith("data/staging")
                        && !path.getFileName().toString().contains(".");
            case "artifacts" -> path.endsWith("artifacts");
            case "data" -> path.endsWith("data");
            case "disk" -> path.toString().isEmpty();
            default -> path.endsWith(what);
        };
        boolean[] isLost = {false};
        int[] known = {0};
        replay(ignored, Integer.MAX_VALUE, new Random(1), model -> {
            List<String> said = model.said();
            if (isLost[0] || said.size() == known[0]) {
                return;
            }
            known[0] = said.size();
            for (Image image : List.of(model.synced(), model.some(new Random(1)))) {
                try {
                    open(image, said, temp.resolve("control"));
                } catch (AssertionError | RuntimeException _) {
                    isLost[0] = true;
                }
            }
        });
        assertTrue(isLost[0], "nothing is lost without syncs of " + what);
    }
}
