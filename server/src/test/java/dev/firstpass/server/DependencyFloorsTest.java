package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Libraries are not older than the versions that mended what was found in them. What a floor is for stands in
/// docs/security.md.
final class DependencyFloorsTest {
    private static final Pattern JAR =
            Pattern.compile("(?<name>[A-Za-z][A-Za-z0-9_.-]*?)-(?<version>[0-9]+(\\.[0-9]+)*)[^/]*\\.jar");

    /// Beginning of a jar's name -> the lowest version.
    private static final Map<String, String> FLOORS = new TreeMap<>(Map.of(
            "netty-codec-http", "4.2.15",
            "netty-codec-http2", "4.2.15",
            "netty-handler", "4.2.15",
            "onnxruntime", "1.29.0",
            "protobuf-java", "4.28.2",
            "grpc-core", "1.85.0",
            "armeria", "1.36.0"));

    private static Map<String, String> versions(String classPath) {
        Map<String, String> versions = new TreeMap<>();
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            Matcher jar = JAR.matcher(String.valueOf(Path.of(entry).getFileName()));
            if (jar.matches()) {
                versions.put(jar.group("name"), jar.group("version"));
            }
        }
        return versions;
    }

    /// What is too old, or not there at all.
    private static List<String> tooOld(Map<String, String> versions) {
        List<String> found = new ArrayList<>();
        FLOORS.forEach((name, floor) -> {
            // Of the two of ONNX Runtime, one is used.
            String there = Stream.of(name, name + "_gpu")
                    .filter(versions::containsKey)
                    .map(known -> versions.getOrDefault(known, ""))
                    .findFirst()
                    .orElse("");
            if (there.isEmpty() || Arrays.compare(numbers(there), numbers(floor)) < 0) {
                found.add(name + " " + there + " (expected: " + floor + " or later)");
            }
        });
        return found;
    }

    private static int[] numbers(String version) {
        return Stream.of(version.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
    }

    @Test
    void libraries_areNotOlderThanTheirFloors() {
        assertEquals(List.of(), tooOld(versions(System.getProperty("java.class.path"))));
    }

    @Test
    void olderOne_isNoticed() {
        Map<String, String> old =
                versions("/x/netty-codec-http-4.2.9.Final.jar:/x/protobuf-java-4.33.0.jar:/x/classes");

        List<String> found = tooOld(old);

        assertTrue(found.contains("netty-codec-http 4.2.9 (expected: 4.2.15 or later)"), found.toString());
        assertFalse(found.stream().anyMatch(line -> line.startsWith("protobuf-java")), found.toString());
        assertEquals(FLOORS.size() - 1, found.size());
    }
}
