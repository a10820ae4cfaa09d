package dev.firstpass.loadtest.soak;

import dev.firstpass.loadtest.soak.Sample.Own;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Measures a server: from `/proc`, and by asking its JVM with `jcmd`.
///
/// For one thread.
final class Gauge {
    private static final double KIB_PER_MIB = 1024;
    /// The last line of a histogram: instances and bytes of all objects that are left.
    private static final Pattern LIVE = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

    private static final Pattern DIRECT = Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB");
    private static final Pattern SHARE = Pattern.compile("(?m)^Pss:\\s+(\\d+) kB");

    private final ProcessHandle server;
    private final long began = System.nanoTime();

    /// @param server started with `-XX:NativeMemoryTracking=summary`
    Gauge(ProcessHandle server) {
        this.server = server;
    }

    /// @param asksTheJvm whether it is to collect all garbage and say what is left
    Sample sample(boolean asksTheJvm) throws IOException, InterruptedException {
        int descriptors = 0;
        double resident = 0;
        int processes = 0;
        for (long pid : pids()) {
            try {
                descriptors += descriptors(pid);
                resident += number(SHARE, Files.readString(Path.of("/proc/" + pid + "/smaps_rollup")));
                processes++;
            } catch (IOException e) {
                if (pid == server.pid()) {
                    throw e;
                }
                // A worker that was killed meanwhile.
            }
        }
        return new Sample(
                (System.nanoTime() - began) / 1e9,
                descriptors,
                resident / KIB_PER_MIB,
                processes,
                asksTheJvm ? Optional.of(own()) : Optional.empty());
    }

    private List<Long> pids() {
        try (Stream<ProcessHandle> workers = server.descendants()) {
            return Stream.concat(Stream.of(server), workers)
                    .map(ProcessHandle::pid)
                    .toList();
        }
    }

    private static int descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return (int) open.count();
        }
    }

    private Own own() throws IOException, InterruptedException {
        return new Own(
                // It collects all garbage first, and counts before anybody goes on.
                number(LIVE, ask("GC.class_histogram")) / KIB_PER_MIB / KIB_PER_MIB,
                number(DIRECT, ask("VM.native_memory", "summary", "scale=KB")) / KIB_PER_MIB);
    }

    /// What the server's JVM answers.
    ///
    /// @param order one of `jcmd`'s, with its arguments
    String ask(String... order) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(Stream.concat(
                                Stream.of(
                                        Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                                .toString(),
                                        "-J-XX:TieredStopAtLevel=1",
                                        "-J-XX:+UseSerialGC",
                                        Long.toString(server.pid())),
                                Stream.of(order))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String answer = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (jcmd.waitFor() != 0) {
            throw new IOException("jcmd " + String.join(" ", order) + ": " + answer);
        }
        return answer;
    }

    private static double number(Pattern pattern, String text) throws IOException {
        Matcher found = pattern.matcher(text);
        if (!found.find()) {
            // A process that ends has no memory any more.
            if (text.isEmpty()) {
                return 0;
            }
            throw new IOException("'" + pattern + "' is not in: " + text);
        }
        return Double.parseDouble(found.group(1));
    }
}
