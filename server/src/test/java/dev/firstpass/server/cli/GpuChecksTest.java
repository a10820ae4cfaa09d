package dev.firstpass.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.cli.DoctorCheck.Verdict;
import dev.firstpass.server.runtime.device.worker.WallState;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.tensorflow.TensorFlowEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Without a GPU; a fake library says what it likes.
final class GpuChecksTest {
    @TempDir
    Path folder = Path.of("");

    private Path two = Path.of("");

    @BeforeEach
    void twoGpus() throws IOException {
        two = folder.resolve("gpus");
        Files.createDirectories(two.resolve("0000:01:00.0"));
        Files.createDirectories(two.resolve("0000:02:00.0"));
    }

    @Test
    void all_onABuildForTheCpu_isOneLine() {
        assertEquals(Verdict.OK, only(checks(false, folder.resolve("none"))).verdict());
        Finding unused = only(checks(false, two));
        assertEquals(Verdict.NOTE, unused.verdict());
        assertTrue(unused.detail().startsWith("2 NVIDIA"), unused::detail);
    }

    @Test
    void all_onABuildForGpusWithoutOne_fails() {
        Finding none = only(checks(true, folder.resolve("none")));
        assertEquals(Verdict.FAIL, none.verdict());
        assertTrue(none.mend().contains("--devices cpu"), none::mend);
    }

    @Test
    void all_onABuildForGpus_triesEach() {
        List<DoctorCheck> checks = checks(true, two);
        assertEquals(
                List.of("gpu cuda:0", "gpu cuda:1"),
                checks.stream().map(DoctorCheck::name).toList());
        assertEquals(Verdict.OK, checks.getFirst().trial().get().verdict());
        Finding second = checks.getLast().trial().get();
        assertEquals(Verdict.FAIL, second.verdict());
        assertEquals("A GPU, 1 of 2 MiB free: libcudnn.so.9 does not load", second.detail());
    }

    @Test
    void trial_saysWhatTheDriverShowsAndWhereItRan() {
        String detail = checks(true, two).getFirst().trial().get().detail();

        assertTrue(detail.startsWith("A GPU, 1 of 2 MiB free: ONNX Runtime ran a tiny model on it in "), detail);
        assertTrue(detail.contains(", and in a worker, walled in, "), detail);
    }

    @Test
    void trial_thatFailsBehindWallsAlone_saysSoAndTheWayOut() {
        Finding finding = checks(true, two, _ -> {
                    throw new EngineException("cuInit: 304");
                })
                .getFirst()
                .trial()
                .get();

        assertEquals(Verdict.FAIL, finding.verdict());
        assertTrue(finding.detail().endsWith(", but not in a worker: cuInit: 304"), finding::detail);
        assertTrue(finding.mend().contains("--isolation in-process"), finding::mend);
    }

    private static Finding only(List<DoctorCheck> checks) {
        assertEquals(1, checks.size());
        return checks.getFirst().trial().get();
    }

    private static List<DoctorCheck> checks(boolean builtForCuda, Path gpus) {
        return checks(builtForCuda, gpus, _ -> new WallState(List.of("connecting"), List.of()));
    }

    private static List<DoctorCheck> checks(boolean builtForCuda, Path gpus, Function<Device.Cuda, WallState> worker) {
        return new GpuChecks(
                        builtForCuda,
                        gpus,
                        cuda -> {
                            if (cuda.index() == 0) {
                                return new TensorFlowEngine(1);
                            }
                            throw new EngineException("libcudnn.so.9 does not load");
                        },
                        worker,
                        _ -> Optional.of("A GPU, 1 of 2 MiB free"))
                .all();
    }
}
