package dev.firstpass.registry.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.registry.FakeFamily;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.registry.store.Registration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keeps docs/manifest.md true: it names every key and every word that the reader knows, and its examples are read.
class ManifestPageTest {
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    private final String page = page();

    private static String page() {
        try {
            return Files.readString(Path.of("..", "docs", "manifest.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> examples() {
        return YAML.matcher(page).results().map(found -> found.group(1)).toList();
    }

    /// What stands in the page as code, outside its examples.
    private Set<String> named() {
        Matcher code = CODE.matcher(YAML.matcher(page).replaceAll(""));
        return code.results().map(found -> found.group(1)).collect(Collectors.toSet());
    }

    @Test
    void everyKeyAndWord_ofTheReader_standsInThePage() {
        Set<String> known = new TreeSet<>();
        gather("", ManifestGrammar.GIVEN, known);
        Set<String> missing = new TreeSet<>(known);
        missing.removeAll(named());

        assertTrue(known.contains("input.sampling") && known.contains("asymmetric"), known::toString);
        assertEquals(Set.of(), missing);
    }

    /// Keys of values, with dots, and words as they are. A stage's keys are those of the short form, so only their first level
    /// counts; the parts of a size rule stand by themselves.
    private static void gather(String key, Schema schema, Set<String> known) {
        switch (schema) {
            case Schema.Keys keys ->
                keys.keys().forEach((name, value) -> {
                    String full = key.isEmpty() ? name : key.equals("input.size") ? name : key + "." + name;
                    if (!(value instanceof Schema.Keys)) {
                        known.add(full);
                    }
                    if (!key.equals("stages")) {
                        gather(full, value, known);
                    }
                });
            case Schema.Items items -> gather(key, items.item(), known);
            case Schema.ListOr either -> {
                gather(key, either.list(), known);
                gather(key, either.other(), known);
            }
            case Schema.Choice choice -> known.addAll(choice.words());
            case Schema.Flag _, Schema.Named _, Schema.Real _, Schema.Scalar _, Schema.Text _, Schema.Whole _ -> {}
        }
    }

    @Test
    void completeExample_ofThePage_isRegistered(@TempDir Path temp) throws IOException {
        Path bundle = temp.resolve("bundle");
        FakeModel.write(bundle.resolve("model.onnx"), FakeModel.DETECTOR);
        Files.writeString(bundle.resolve("names.txt"), "crop\nweed\n");
        Files.writeString(bundle.resolve(ManifestReader.FILE_NAME), examples().getFirst());
        Files.createDirectory(bundle.resolve("golden"));
        Files.writeString(bundle.resolve("golden/a.jpg"), "image");
        Files.writeString(bundle.resolve("golden/a.json"), "{}");

        try (ModelRegistry registry = ModelRegistry.open(
                temp.resolve("data"), List.of(FakeFamily.BOXES), FakeModel.reader(), InstantSource.system())) {
            Registration made =
                    registry.register(new ModelName("weeds"), bundle, Validator.NONE, ProgressListener.NONE);

            Manifest manifest = made.version().manifest();
            ModelSpec spec = manifest.spec();
            assertEquals(ModelVersion.State.AVAILABLE, made.version().state());
            assertEquals(Map.of(), made.derivation().questions());
            assertEquals(List.of("crop", "weed"), spec.classes());
            assertEquals(0.4, spec.thresholds().of("weed"));
            assertEquals(Map.of("crop", "Crop Plant", "weed", "Weed"), spec.ontology());
            assertEquals(Map.of("strides", "8,16,32", "anchors", "3"), spec.parameters());
            assertEquals(8, spec.stages().getFirst().maxBatch());
            assertEquals(1, manifest.golden().size());
        }
    }

    /// Every key but those of stages stands in the example, so that it is complete.
    @Test
    void completeExample_ofThePage_hasEveryKey() {
        ManifestDocument example = read(examples().getFirst());
        Set<String> said = new TreeSet<>();
        example.settings().keySet().forEach(key -> said.add(key.toString()));
        List<String> missing = new ArrayList<>(ManifestGrammar.GIVEN.keys().keySet());
        missing.remove("stages");
        missing.removeIf(key -> said.stream().anyMatch(found -> found.equals(key) || found.startsWith(key + ".")));
        Set<String> input = new TreeSet<>();
        gather("input", ManifestGrammar.GIVEN.keys().getOrDefault("input", new Schema.Flag()), input);
        input.removeIf(key -> !key.startsWith("input."));

        assertEquals(List.of(), missing);
        assertTrue(said.containsAll(input), () -> said + " lacks one of " + input);
    }

    @Test
    void everyExample_ofThePage_isRead() {
        assertEquals(5, examples().size());
        examples().forEach(example -> assertTrue(!read(example).settings().isEmpty(), example));
    }

    private static ManifestDocument read(String yaml) {
        return ManifestReader.read(yaml.getBytes(StandardCharsets.UTF_8), "docs/manifest.md");
    }
}
