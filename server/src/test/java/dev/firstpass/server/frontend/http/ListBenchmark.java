package dev.firstpass.server.frontend.http;

import dev.firstpass.server.frontend.TestServer;
import dev.firstpass.server.frontend.TestVersions;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/// How long lists take with 10,000 versions of 100 models, over HTTP, from the request to the last byte of its answer:
/// `ListBenchmark`, after the tests were compiled. The models are those of a snapshot, which a registry has in memory whatever
/// its store.
final class ListBenchmark {
    private static final int MODELS = 100;
    private static final int VERSIONS = 100;
    private static final int ROUNDS = 1000;
    private static final int WARM_UP = 1000;

    private static final List<String> PATHS = List.of(
            "/v1/registry/models",
            "/v1/registry/models?pageSize=1000",
            "/v1/registry/models/m050",
            "/v1/registry/models/m050/versions");

    private ListBenchmark() {}

    public static void main(String[] arguments) {
        try (TestServer server = new TestServer()) {
            server.backend.further = LongStream.range(0, MODELS)
                    .mapToObj(i -> TestVersions.entry("m%03d".formatted(i), VERSIONS))
                    .toList();
            PATHS.forEach(path -> time(server, path, WARM_UP));
            PATHS.forEach(path -> measure(server, path));
        }
    }

    private static void measure(TestServer server, String path) {
        long[] micros = time(server, path, ROUNDS);
        Arrays.sort(micros);
        System.out.printf(
                Locale.ROOT,
                "%-40s %8d bytes, median %.2f ms, p95 %.2f ms, p99 %.2f ms%n",
                path,
                get(server, path).body().length,
                micros[ROUNDS / 2] / 1e3,
                micros[ROUNDS * 95 / 100] / 1e3,
                micros[ROUNDS * 99 / 100] / 1e3);
    }

    private static long[] time(TestServer server, String path, int rounds) {
        long[] micros = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long began = System.nanoTime();
            get(server, path);
            micros[i] = (System.nanoTime() - began) / 1000;
        }
        return micros;
    }

    private static HttpResponse<byte[]> get(TestServer server, String path) {
        HttpResponse<byte[]> answer = server.manage(HttpRequest.newBuilder().GET(), path);
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(path + ": " + answer.statusCode());
        }
        return answer;
    }
}
