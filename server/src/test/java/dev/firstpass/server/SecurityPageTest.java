package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/security.md` has all threats, and names tests that there are.
final class SecurityPageTest {
    private static final Path ROOT = Path.of("..");
    private static final int THREATS = 15;

    /// Classes of JUnit, and programs that are run by name.
    private static final Pattern TEST = Pattern.compile("`(\\w+Test|\\w+\\.py|\\.ci/[a-z-]+)`");

    private static final Pattern THREAT = Pattern.compile("^\\| (T\\d+) \\|.*$", Pattern.MULTILINE);

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/security.md"));
    }

    private static Set<String> existing() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String folder : List.of(
                "server/src/test",
                "model-registry/src/test",
                "postprocess/src/test",
                "loadtest/src/test",
                "docker",
                ".ci")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.map(file -> file.getFileName().toString())
                        .map(name -> folder.equals(".ci") ? ".ci/" + name : name)
                        .forEach(names::add);
            }
        }
        return names;
    }

    private static Set<String> named(String text) {
        return TEST.matcher(text)
                .results()
                .map(found -> found.group(1))
                .map(name -> name.endsWith("Test") ? name + ".java" : name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyTestThatIsNamed_isThere() throws IOException {
        Set<String> missing = named(page());
        int count = missing.size();
        missing.removeAll(existing());

        assertEquals(Set.of(), missing);
        assertTrue(count > 60, "tests: " + count);
    }

    @Test
    void everyThreat_hasATest_andWhatIsLeftOver() throws IOException {
        List<MatchResult> rows = THREAT.matcher(page()).results().toList();

        assertEquals(
                IntStream.rangeClosed(1, THREATS).mapToObj(i -> "T" + i).toList(),
                rows.stream().map(row -> row.group(1)).toList());
        for (MatchResult row : rows) {
            List<String> cells = List.of(row.group().split(" \\| ", -1));
            assertEquals(5, cells.size(), row.group());
            assertTrue(!named(cells.get(3)).isEmpty(), () -> "no test: " + row.group());
            assertTrue(cells.get(4).length() > 20, () -> "nothing left over: " + row.group());
        }
    }
}
