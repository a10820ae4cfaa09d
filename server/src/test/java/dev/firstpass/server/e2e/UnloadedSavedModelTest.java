package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.demo.TfjsPackages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TensorFlow keeps memory for its process: what a SavedModel took comes back with the end of its worker.
final class UnloadedSavedModelTest {
    /// The heap is as big as it will get from the start, so that what is resident beyond it can be seen.
    private static final List<String> OPTIONS =
            List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");

    private static final long MIB = 1 << 20;

    /// What the library and the model take at least; else a measurement would prove nothing.
    private static final long LEAST_TAKEN = 200 * MIB;

    /// Of what has been used once: Java's code in the server, and the decoder's.
    private static final long MOST_LEFT = 48 * MIB;

    @TempDir
    Path folder = Path.of("");

    @Test
    void savedModel_thatIsUnloaded_givesItsMemoryBackWithItsWorkerAndLoadsAgain() throws Exception {
        TfjsPackages.coco(folder.resolve("coco"));
        try (JavaProcess server = JavaProcess.start(
                JavaProcess.command(OPTIONS, SavedModelServer.class.getName(), folder.toString(), "coco"),
                System.getenv(),
                folder.resolve("err"))) {
            assertEquals("ready", server.read());
            long before = resident(server);

            String[] first = order(server, "run").split(" ", 2);
            long loaded = resident(server);
            assertEquals("unloaded", order(server, "unload"));
            long unloaded = resident(server);
            assertTrue(ProcessHandle.of(Long.parseLong(first[0])).isEmpty());

            String[] second = order(server, "run").split(" ", 2);
            assertEquals("unloaded", order(server, "unload"));
            long again = resident(server);

            System.out.printf(
                    "before %d MiB, loaded %d, unloaded %d, after another time %d%n",
                    before / MIB, loaded / MIB, unloaded / MIB, again / MIB);
            assertNotEquals(first[0], second[0]);
            assertEquals(first[1], second[1]);
            assertTrue(loaded >= before + LEAST_TAKEN, () -> loaded + " after " + before);
            assertTrue(unloaded <= before + MOST_LEFT, () -> unloaded + " after " + before);
            assertTrue(again <= before + MOST_LEFT, () -> again + " after " + before);
        }
    }

    private static String order(JavaProcess server, String order) throws IOException {
        server.write(order);
        return server.read();
    }

    /// Of the server and its workers together.
    private static long resident(JavaProcess server) throws IOException {
        long bytes = MemorySamples.resident(server.pid());
        for (ProcessHandle worker :
                ProcessHandle.of(server.pid()).orElseThrow().descendants().toList()) {
            bytes += MemorySamples.resident(worker.pid());
        }
        return bytes;
    }
}
