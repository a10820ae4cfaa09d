package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Libraries are not older than the versions that mended what was found in them: those of the class path, which are those that are shipped and
/// the tests' own. check_sbom.py holds the folder of what is shipped against the same list. What a floor is for stands in docs/security.md.
final class DependencyFloorsTest {
    private static final Path FLOORS = Path.of("src/test/resources/floors.tsv");
    private static final Pattern JAR =
            Pattern.compile("(?<name>[A-Za-z][A-Za-z0-9_.-]*?)-(?<version>[0-9]+(\\.[0-9]+)*)[^/]*\\.jar");

    /// @param name of a jar without its version
    private record Library(String name, String version) {}

    /// @param names of jars
    /// @param lowest version
    private record Floor(Pattern names, String lowest) {}

    private static List<Floor> floors() throws IOException {
        return Files.readAllLines(FLOORS).stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .map(parts -> new Floor(Pattern.compile(parts[0]), parts[1]))
                .toList();
    }

    private static List<Library> libraries(String classPath) {
        return Stream.of(classPath.split(File.pathSeparator, -1))
                .map(entry -> JAR.matcher(Objects.toString(Path.of(entry).getFileName())))
                .filter(Matcher::matches)
                .map(jar -> new Library(jar.group("name"), jar.group("version")))
                .toList();
    }

    /// What is too old, and floors that nothing stands on.
    private static List<String> objections(List<Floor> floors, List<Library> libraries) {
        List<String> found = new ArrayList<>();
        for (Floor floor : floors) {
            List<Library> held = libraries.stream()
                    .filter(library -> floor.names.matcher(library.name).matches())
                    .toList();
            if (held.isEmpty()) {
                found.add(floor.names + ": no such library");
            }
            held.stream()
                    .filter(library -> Arrays.compare(numbers(library.version), numbers(floor.lowest)) < 0)
                    .forEach(library -> found.add(
                            library.name + " " + library.version + " (expected: " + floor.lowest + " or later)"));
        }
        return found;
    }

    private static int[] numbers(String version) {
        return Stream.of(version.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void libraries_areNotOlderThanTheirFloors() throws IOException {
        List<Floor> floors = floors();

        assertTrue(floors.size() >= 5, "floors: " + floors.size());
        assertEquals(List.of(), objections(floors, libraries(System.getProperty("java.class.path"))));
    }

    /// Each library of a family, and each of two versions of one.
    @Test
    void olderOne_isNoticed_andAMissingOne() throws IOException {
        List<Library> old = libraries(String.join(
                File.pathSeparator,
                "/x/netty-codec-http-4.2.18.Final.jar",
                "/x/netty-transport-native-epoll-4.2.9.Final-linux-x86_64.jar",
                "/x/netty-tcnative-classes-2.0.84.Final.jar",
                "/x/protobuf-java-4.36.2.jar",
                "/x/protobuf-java-3.21.9.jar",
                "/x/onnxruntime_gpu-1.29.0.jar",
                "/x/grpc-protobuf-lite-1.84.0.jar",
                "/x/classes"));

        List<String> found = objections(floors(), old);

        assertEquals(
                List.of(
                        "netty-transport-native-epoll 4.2.9 (expected: 4.2.15 or later)",
                        "protobuf-java 3.21.9 (expected: 4.28.2 or later)",
                        "grpc-protobuf-lite 1.84.0 (expected: 1.85.0 or later)",
                        "armeria(-[a-z]+)*: no such library"),
                found);
    }
}
