package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.DataSetSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class YoloYamlTest {
    private static final String DATA = "val: images\nnames:\n  0: cat\n";

    private final FilesInMemory files =
            new FilesInMemory().with("images/a.jpg", "").with("labels/a.txt", "0 0.5 0.5 0.2 0.2");

    @Test
    void find_lineWithoutEnd_isRefusedBeforeItIsParsed() throws IOException {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (String piece : new String[] {"-----", " ", "#", "\"a", "[{", "&a", "\t"}) {
            byte[] content = (DATA + "x: " + piece.repeat(2_000_000 / piece.length())).getBytes(StandardCharsets.UTF_8);
            files.with("data.yaml", content);
            long before = memory.getCurrentThreadAllocatedBytes();
            assertRefused("data.yaml, line 4: longer than 65536 bytes (expected: a name a line)");
            long allocated = memory.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 16 << 20, piece + ": " + allocated);
        }
    }

    @Test
    void find_longestLine_isReadInFewTimesItsBytes() throws IOException {
        String line = "x: " + "-".repeat(YoloYaml.LONGEST_LINE - 3) + "\n";
        files.with("data.yaml", DATA + line);
        assertEquals(1, classes());
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        assertEquals(1, classes());
        long allocated = memory.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 32 << 20, "bytes allocated: " + allocated);
    }

    @Test
    void find_longerThanAnyNames_isRefused() {
        files.with("data.yaml", DATA + "# a line\n".repeat(500_000));
        assertRefused("data.yaml: longer than 4194304 bytes (expected: names and folders)");
    }

    @Test
    void find_manyNames_areRead() throws IOException {
        StringBuilder names = new StringBuilder("val: images\nnames:\n");
        for (int i = 0; i < 22_000; i++) {
            names.append("  ")
                    .append(i)
                    .append(": the name of a kind of thing, ")
                    .append(i)
                    .append('\n');
        }
        files.with("data.yaml", names.toString());
        assertEquals(22_000, classes());
    }

    @Test
    void find_noYaml_saysTheLine() throws IOException {
        files.with("data.yaml", "val: images\nnames:\n  - cat\n  - [dog\nnc: 2\n");
        String message = String.valueOf(
                assertThrows(DataSetException.class, this::classes).getMessage());
        assertTrue(message.startsWith("data.yaml, line 5: no YAML that can be read: "), message);
        assertTrue(new YoloReader(YoloTask.DETECT).recognises(DataSetSource.of(files)));
        assertFalse(new YoloReader(YoloTask.POSE).recognises(DataSetSource.of(files)));

        files.with("data.yaml", DATA + "x: " + "[".repeat(100));
        message = String.valueOf(
                assertThrows(DataSetException.class, this::classes).getMessage());
        assertTrue(message.startsWith("data.yaml") && message.contains("nesting depth (65"), message);
    }

    @Test
    void find_otherYamlThatIsBroken_isPassedOver() throws IOException {
        files.with("compose.yaml", "a: {{ b }\n: [").with("weeds.yaml", DATA);
        assertEquals(1, classes());
    }

    @Test
    void find_namedFileThatIsNoYamlByItsName_isPassedOver() throws IOException {
        files.with("classes.txt", "a: b: [c\ndog\n");
        DataSetSource source = new DataSetSource(files, Optional.of("classes.txt"), files, Optional.empty());
        assertEquals(2, new YoloReader(YoloTask.DETECT).open(source).classes().size());
    }

    private int classes() throws IOException {
        return new YoloReader(YoloTask.DETECT)
                .open(DataSetSource.of(files))
                .classes()
                .size();
    }

    private void assertRefused(String message) {
        assertEquals(
                message, assertThrows(DataSetException.class, this::classes).getMessage());
    }
}
