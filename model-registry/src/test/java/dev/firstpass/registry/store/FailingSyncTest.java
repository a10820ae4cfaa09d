package dev.firstpass.registry.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.store.CrashDisk.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Syncs that fail with EIO, of our files and of SQLite's: the change is refused by name, and nothing that is acknowledged later
/// relies on what a failed sync was to write. The calls are made again on a model of a disk ([CrashDisk]), which forgets what a
/// failed sync was to write, as Linux does; then the power goes.
///
/// A run with several failures always; with `-Dfirstpass.long=true` one run for each sync.
final class FailingSyncTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int STEP = 9;

    @TempDir
    private Path folder;

    @Test
    void change_whoseSyncFails_isRefusedAndNothingAcknowledgedIsLost() throws Exception {
        Strace.assumeThere();
        long seed = LONG ? 1 : System.nanoTime();
        Random random = new Random(seed);
        int failed = 0;
        int opened = 0;
        if (!LONG) {
            Outcome outcome = run(1 + random.nextInt(STEP) + "+" + STEP, random);
            failed = outcome.failed();
            opened = outcome.opened();
        } else {
            for (int at = 1; ; at++) {
                Outcome outcome = run(Integer.toString(at), random);
                if (outcome.failed() == 0) {
                    break;
                }
                failed += outcome.failed();
                opened += outcome.opened();
            }
        }
        System.out.printf(
                "failing syncs: %d syncs failed, %d states of the disk opened afterwards; 0 lost (seed %d)%n",
                failed, opened, seed);
        assertTrue(failed > 1, "syncs failed: " + failed);
    }

    private record Outcome(int failed, int opened) {}

    /// @param when which of the syncs fail, as strace takes it
    private Outcome run(String when, Random random) throws Exception {
        Path temp = Files.createDirectories(folder.toRealPath().resolve("run"));
        Path disk = Files.createDirectories(temp.resolve("disk"));
        Path log = temp.resolve("calls");
        List<String> script = RegistryScript.command(disk.resolve("data"), temp.resolve("offers"), 2);
        List<String> fault = List.of("-e", "inject=fsync,fdatasync:error=EIO:when=" + when);
        try {
            List<String> said = RegistryScript.run(Strace.command(log, fault, script), temp);
            requireNamed(said);
            WholeRegistry.require(disk.resolve("data"), said, Optional.empty());
            return replay(TracedCall.read(log), disk, temp.resolve("state"), random);
        } catch (AssertionError e) {
            throw new AssertionError("syncs that failed: " + when, e);
        } finally {
            Durable.deleteTree(temp);
        }
    }

    /// What fails first fails for the sync.
    private static void requireNamed(List<String> said) {
        said.stream()
                .filter(line -> line.startsWith("refused"))
                .findFirst()
                .ifPresent(line -> assertTrue(
                        line.matches(
                                "refused DataUnusable the (registry's database|data directory) cannot be read or written"),
                        line));
        assertEquals("end", said.getLast());
    }

    private static Outcome replay(List<TracedCall> calls, Path disk, Path at, Random random) throws IOException {
        CrashDisk model = new CrashDisk(disk, _ -> false);
        int failed = 0;
        int opened = 0;
        int known = 0;
        for (TracedCall call : calls) {
            failed += call.failed() && call.name().matches("fsync|fdatasync") ? 1 : 0;
            boolean isNew = model.apply(call);
            List<String> said = model.said();
            if (isNew && said.size() > known && !said.getLast().startsWith("refused")) {
                List<Image> images = new ArrayList<>(List.of(model.synced()));
                if (LONG || random.nextInt(4) == 0) {
                    images.add(model.some(random));
                }
                for (Image image : images) {
                    open(image, said, at);
                    opened++;
                }
            }
            known = said.size();
        }
        return new Outcome(failed, opened);
    }

    private static void open(Image image, List<String> said, Path at) throws IOException {
        try {
            image.write(at);
            WholeRegistry.require(at.resolve("data"), said, Optional.empty());
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("after " + said + ": " + image.entries().keySet(), e);
        } finally {
            Durable.deleteTree(at);
        }
    }
}
