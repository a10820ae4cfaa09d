package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// The chart in helm/firstpass, as Helm itself renders it.
///
/// Pure functions.
final class Chart {
    static final Path FOLDER = Path.of("../helm/firstpass");
    static final String NAMESPACE = "labels";

    /// The oldest that the chart is for.
    private static final String KUBERNETES = "1.30.0";

    private static final YAMLMapper YAML = new YAMLMapper();

    private Chart() {}

    /// One way to install it.
    ///
    /// @param name of the case
    /// @param values files, or none
    /// @param set single values that stand above those
    record Case(String name, List<Path> values, Map<String, String> set) {
        static Case of(String name, Map<String, String> set) {
            return new Case(name, List.of(), set);
        }

        static Case example(String name) {
            return new Case(name, List.of(FOLDER.resolve("examples").resolve(name + ".yaml")), Map.of());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// A copy with what the chart links to. Its test is no hook, since Helm's library renders none.
    static Path withoutHooks(Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER, FileVisitOption.FOLLOW_LINKS)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(FOLDER.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(target.getParent()));
                Files.writeString(
                        target,
                        Files.readString(file)
                                .lines()
                                .filter(line -> !line.contains("helm.sh/hook"))
                                .collect(Collectors.joining("\n", "", "\n")));
            }
        }
        return copy;
    }

    /// @throws IllegalStateException with what Helm says, if it refuses
    static String text(Path chart, Case install) {
        TemplateCommand command = new Helm(chart)
                .template()
                .withName("firstpass")
                .withNamespace(NAMESPACE)
                .withKubeVersion(KUBERNETES);
        install.values.forEach(command::withValuesFile);
        install.set.forEach(command::set);
        return command.call();
    }

    static LintResult lint() {
        return new Helm(FOLDER).lint().strict().call();
    }

    static List<JsonNode> manifests(String text) throws IOException {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(text)) {
            return documents.readAll().stream().filter(JsonNode::isObject).toList();
        }
    }

    static JsonNode yaml(String text) throws IOException {
        return YAML.readTree(text);
    }

    static Stream<JsonNode> ofKind(List<JsonNode> manifests, String kind) {
        return manifests.stream()
                .filter(manifest -> manifest.path("kind").asText().equals(kind));
    }

    /// The only one of a kind.
    static JsonNode only(List<JsonNode> manifests, String kind) {
        List<JsonNode> found = ofKind(manifests, kind).toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " of " + kind + " (expected: one)");
        }
        return found.getFirst();
    }

    static JsonNode named(List<JsonNode> manifests, String kind, String name) {
        return ofKind(manifests, kind)
                .filter(manifest -> manifest.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
    }

    static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    /// The specs of all pods, the test's as well.
    static List<JsonNode> pods(List<JsonNode> manifests) {
        return Stream.concat(
                        ofKind(manifests, "Deployment").map(manifest -> manifest.at("/spec/template/spec")),
                        ofKind(manifests, "Pod").map(manifest -> manifest.path("spec")))
                .toList();
    }

    static JsonNode server(List<JsonNode> manifests) {
        return only(manifests, "Deployment").at("/spec/template/spec");
    }

    static JsonNode container(List<JsonNode> manifests) {
        return server(manifests).path("containers").path(0);
    }
}
