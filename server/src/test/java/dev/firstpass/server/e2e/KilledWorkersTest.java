package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.server.ServerRuntime;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.demo.DemoModels;
import dev.firstpass.server.demo.DemoPhotos;
import dev.firstpass.server.demo.FetchListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Workers of a whole server are killed while photos are labeled with a real model: every request gets its labels all the
/// same, and nothing but a pause tells of it.
final class KilledWorkersTest {
    private static final int CLIENTS = 4;
    private static final int REQUESTS = 8;

    @TempDir
    Path data = Path.of("");

    private final byte[] photo = DemoPhotos.all().getFirst().bytes();

    @Test
    void workers_killedUnderLoad_costNoRequest() throws Exception {
        try (ServerRuntime runtime = open()) {
            var _ = runtime.register(
                    new ModelName("coco"),
                    DemoServer.models().fetch(DemoModels.all().getFirst(), FetchListener.NONE),
                    Optional.empty(),
                    ProgressListener.NONE);
            runtime.awaitSettled();
            List<Annotation> expected = annotations(runtime);

            for (String role : List.of("onnx", "decoder")) {
                long killed = pid(runtime, role);
                List<List<Annotation>> answers = underLoad(runtime, killed);

                assertEquals(CLIENTS * REQUESTS, answers.size());
                answers.forEach(answer -> assertEquals(expected, answer));
                assertNotEquals(killed, pid(runtime, role));
            }
        }
    }

    /// What clients get while a process is killed among their requests.
    private List<List<Annotation>> underLoad(ServerRuntime runtime, long pid) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<List<Annotation>>> futures = new ArrayList<>(IntStream.range(0, CLIENTS * REQUESTS)
                    .mapToObj(_ -> clients.submit(() -> annotations(runtime)))
                    .toList());
            var _ = futures.getFirst().get();
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            List<List<Annotation>> answers = new ArrayList<>();
            for (Future<List<Annotation>> future : futures) {
                answers.add(future.get());
            }
            return answers;
        }
    }

    private List<Annotation> annotations(ServerRuntime runtime) {
        return runtime.prelabeler()
                .prelabel(Requests.of("coco", "photo", photo, "firstpass"))
                .prelabels()
                .annotations();
    }

    private static long pid(ServerRuntime runtime, String role) {
        return runtime.workers().values().stream()
                .flatMap(List::stream)
                .filter(worker -> worker.role().equals(role))
                .flatMap(worker -> worker.pid().stream())
                .findFirst()
                .orElseThrow();
    }

    /// Without the cache, which would answer all but the first request.
    private ServerRuntime open() {
        return ServerRuntime.open(
                data,
                RuntimeConfigs.forCores(2).engineThreads(1).slabBytes(64 << 20).inWorkers());
    }
}
