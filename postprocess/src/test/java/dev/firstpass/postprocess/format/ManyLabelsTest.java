package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every format streams: `-Dfirstpass.long=true` writes a million labels and reads them back in a process that has a heap of
/// 64 MB, and prints what became of them; else there are fewer, in this process.
final class ManyLabelsTest {
    private static final boolean IS_LONG = Boolean.getBoolean("firstpass.long");

    static List<String> formats() {
        return LabelFormats.STANDARD.stream()
                .filter(format -> format.reader().isPresent())
                .map(LabelFormat::id)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void manyLabels_areWrittenAndReadInBoundedMemory(String format, @TempDir Path folder)
            throws IOException, InterruptedException {
        if (IS_LONG) {
            assertPassesIn64Megabytes(format, folder);
            return;
        }
        ManyLabels.Passed passed = ManyLabels.through(Samples.format(format), 4 * ManyLabels.PER_IMAGE, folder);
        assertEquals(passed.written(), passed.read(), passed.toString());
        assertEquals(0, passed.differing(), passed.toString());
        assertTrue(passed.read() >= 8, passed.toString());
        assertTrue(passed.writes() < 24L * passed.files() + passed.bytes() / 1024, passed.toString());
    }

    private static void assertPassesIn64Megabytes(String format, Path folder) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ManyLabels.class.getName(),
                        format,
                        "1000000",
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), format + ": " + said);
        System.out.printf("%s: %s, %.0f s%n", format, said.strip(), (System.nanoTime() - start) / 1e9);
    }
}
