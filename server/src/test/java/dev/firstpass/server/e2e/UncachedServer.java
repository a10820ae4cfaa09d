package dev.firstpass.server.e2e;

import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.CacheLimits;
import dev.firstpass.server.config.RuntimeConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A process of its own for a server with the demo models that remembers no answer, so that every request walks.
///
/// Started with the path of a copy of [DemoRegistry], it prints its port once it is ready. Then it answers every line on
/// stdin with the bytes of heap that are left after a collection. It ends when stdin does.
final class UncachedServer {
    private UncachedServer() {}

    public static void main(String[] arguments) throws Exception {
        try (FirstpassServer server = FirstpassServer.start(Path.of(arguments[0]), DemoServer.ON_LOOPBACK, uncached());
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            server.runtime().awaitSettled();
            System.out.println(server.url().getPort());
            while (in.readLine() != null) {
                System.gc();
                System.out.println(
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            }
        }
    }

    private static RuntimeConfig uncached() {
        RuntimeConfig standard = RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors());
        return standard.with(CacheLimits.NONE);
    }
}
