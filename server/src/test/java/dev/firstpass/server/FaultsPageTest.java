package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/faults.md` names tests that there are, and each fault of the catalogue.
final class FaultsPageTest {
    private static final Path ROOT = Path.of("..");
    private static final int WANTED = 30;
    private static final int ALL = 40;
    private static final Pattern NUMBER = Pattern.compile("\\bF\\d+\\b");
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

    @Test
    void everyFault_isNamed_withTestsThatThereAre() throws IOException {
        List<String> missing = new ArrayList<>();
        Set<String> faults = new TreeSet<>();
        Set<String> named = new TreeSet<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/faults.md"))) {
            Matcher tests = TEST.matcher(line);
            boolean isFault = false;
            while (tests.find()) {
                isFault = true;
                if (!source(tests.group(1)).contains(" void " + tests.group(2) + "(")) {
                    missing.add(tests.group());
                }
            }
            List<String> numbers = line.startsWith("| F") || line.startsWith("- **F")
                    ? NUMBER.matcher(line)
                            .results()
                            .map(number -> number.group())
                            .toList()
                    : List.of();
            named.addAll(numbers);
            if (isFault && !line.contains("(simulated)")) {
                faults.addAll(numbers);
            }
        }

        assertEquals(List.of(), missing);
        assertTrue(faults.size() >= WANTED, "faults with a test that does more than simulate: " + faults);
        assertEquals(ALL, named.size(), named::toString);
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
