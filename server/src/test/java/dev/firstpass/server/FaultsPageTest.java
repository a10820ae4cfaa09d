package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/faults.md` names tests that there are.
final class FaultsPageTest {
    private static final Path ROOT = Path.of("..");
    private static final int WANTED = 30;
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

    @Test
    void everyFault_namesATestThatThereIs() throws IOException {
        List<String> missing = new ArrayList<>();
        int faults = 0;
        for (String line : Files.readAllLines(ROOT.resolve("docs/faults.md"))) {
            Matcher tests = TEST.matcher(line);
            boolean isFault = false;
            while (tests.find()) {
                isFault = true;
                if (!source(tests.group(1)).contains(" void " + tests.group(2) + "(")) {
                    missing.add(tests.group());
                }
            }
            faults += isFault ? 1 : 0;
        }

        assertEquals(List.of(), missing);
        assertTrue(faults >= WANTED, "faults: " + faults);
    }

    private static String source(String test) throws IOException {
        for (String module : List.of("server", "model-registry", "postprocess", "loadtest")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
                var found = files.filter(file -> file.endsWith(test + ".java")).findFirst();
                if (found.isPresent()) {
                    return Files.readString(found.get());
                }
            }
        }
        return "";
    }
}
