package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.family.Assembly;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.Recognition;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Manifest;
import dev.firstpass.registry.Manifest.BundleFile;
import dev.firstpass.registry.RegistryException.ManifestInvalid;
import dev.firstpass.registry.SignatureReader;
import dev.firstpass.registry.manifest.Clues.FamilyClue;
import dev.firstpass.registry.savedmodel.SavedModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Completes what a user says of a model with what its files say of themselves.
///
/// Five documents lie over each other, key by key: defaults, then what the model file's signature tells, then
/// what the family makes of it, then what exporters noted in the file and beside it ([ClueSource]), then what the user
/// gives. What no layer says is an error with the line to add;
/// what was guessed stays a question in the answer until the user says it. A version of several stages must name
/// its family, since families recognise single files only.
///
/// Thread-safe.
public final class ManifestDeriver {
    private static final String SAVED_MODEL = SavedModelFile.FILE_NAME;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final List<ModelFamily> families;
    private final SignatureReader signatures;

    public ManifestDeriver(List<ModelFamily> families, SignatureReader signatures) {
        this.families = List.copyOf(families);
        this.signatures = signatures;
    }

    /// Reads the model files of a bundle, and its file of class names where the user names one.
    ///
    /// @param directory where `files` are
    /// @param given what the user says; later ones are laid over earlier ones
    /// @throws ManifestInvalid naming the key, what was expected, and the line to add where something is missing
    /// @throws dev.firstpass.registry.RegistryException.ArtifactRejected if a model file cannot be read
    public Derivation derive(Path directory, List<BundleFile> files, List<ManifestDocument> given) {
        ManifestDocument said = ManifestDocument.EMPTY;
        for (ManifestDocument document : given) {
            said = said.overlaid(document);
        }
        ManifestDocument told =
                said.stages().isEmpty() ? stages(directory, files, said).overlaid(said) : said;
        List<String> stages = told.stages().isEmpty() ? List.of(StageSpec.MAIN) : told.stages();
        ManifestDocument found = told;
        Map<String, ModelSignature> signed = new LinkedHashMap<>();
        for (String stage : stages) {
            found = found.overlaid(findFile(stage, files, told));
            signed.put(stage, readSignature(stage, directory, files, found));
        }
        boolean isSingle = signed.size() == 1;
        Clues clues = isSingle ? clues(stages.getFirst(), signed, directory, files, found) : Clues.NONE;
        Optional<Assembly> assembly = isSingle
                ? recognise(signed.values().iterator().next(), said, clues.family())
                        .map(one -> ofOneFile(stages.getFirst(), one))
                : assemble(signed, said);
        Optional<Recognition> recognition = assembly.map(Assembly::recognition);

        ManifestDocument derived = ManifestDocument.EMPTY;
        for (Map.Entry<String, ModelSignature> entry : signed.entrySet()) {
            derived = derived.overlaid(
                    ManifestBinder.isMade(said, entry.getKey())
                            ? SignatureLayer.ofMade(entry.getKey())
                            : SignatureLayer.of(entry.getKey(), entry.getValue()));
        }
        if (assembly.isPresent()) {
            derived = derived.overlaid(familyLayer(assembly.get()));
        }
        derived = derived.overlaid(namedFamily(clues, said)).overlaid(clues.document());
        ManifestDocument complete = derived.overlaid(found).overlaid(classNames(directory, files, said));
        complete = DefaultLayer.of(stages, complete).overlaid(complete);
        requireCrop(stages, said, complete);
        requirePixels(stages, said, complete);

        Map<String, String> questions = new LinkedHashMap<>();
        recognition.ifPresent(made -> questions.putAll(made.questions()));
        questions.keySet().removeAll(clues.document().origins().keySet());
        questions.putAll(clues.questions());
        questions.keySet().removeAll(said.origins().keySet());
        Manifest manifest = new ManifestBinder(complete, Questions.of(signed, familyIds(), questions)).manifest(files);
        ManifestWriter.requireReadable(manifest);
        Consistency.check(manifest, signed, family(manifest.spec().family()), questions, complete.origins());
        return new Derivation(manifest, complete.origins(), questions);
    }

    /// A share that the user gives and nothing crops is a mistake; one that notes give is merely not used.
    private static void requireCrop(List<String> stages, ManifestDocument said, ManifestDocument complete) {
        for (String stage : stages) {
            ManifestKey key = ManifestKey.stage(stage, "input", "crop");
            Optional<String> resize =
                    complete.get(ManifestKey.stage(stage, "input", "resize")).map(JsonNode::asText);
            String crop = ManifestGrammar.word(InputSpec.Resize.CROP);
            if (said.get(key).isPresent() && !resize.orElse("").equals(crop)) {
                throw new ManifestInvalid(
                        key.toString(), key + ": resize is " + resize.orElse("missing") + " (expected: crop)");
            }
        }
    }

    /// What is said of pixels is a mistake where a stage takes none.
    private static void requirePixels(List<String> stages, ManifestDocument said, ManifestDocument complete) {
        for (String stage : stages) {
            if (!ManifestBinder.isMade(complete, stage)) {
                continue;
            }
            for (String name : said.below(ManifestKey.stage(stage, "input")).keySet()) {
                if (!name.equals("source")) {
                    ManifestKey key = ManifestKey.stage(stage, "input", name);
                    throw new ManifestInvalid(
                            key.toString(), key + ": the stage takes tensors (expected: nothing but source)");
                }
            }
        }
    }

    // --- Files and engines

    /// The stages of a bundle of several model files of which nothing is said, if a family knows which is for what.
    private ManifestDocument stages(Path directory, List<BundleFile> files, ManifestDocument said) {
        List<String> models = modelFiles(files);
        if (models.size() < 2 || models.size() > ManifestGrammar.MOST_STAGES) {
            return ManifestDocument.EMPTY;
        }
        Map<String, ModelSignature> signed = new LinkedHashMap<>();
        for (String model : models) {
            signed.put(model, signatures.read(engineOf(model, files), directory.resolve(model)));
        }
        ManifestDocument.Builder layer = new ManifestDocument.Builder("what the files take and give");
        assemble(signed, said)
                .ifPresent(assembly -> assembly.recognition().spec().stages().stream()
                        .map(StageSpec::name)
                        .forEach(stage -> layer.put(
                                ManifestKey.stage(stage, "file"),
                                NODES.textNode(
                                        Optional.ofNullable(assembly.files().get(stage))
                                                .orElseThrow()))));
        return layer.build();
    }

    private static List<String> modelFiles(List<BundleFile> files) {
        return files.stream()
                .map(BundleFile::path)
                .flatMap(path -> path.endsWith(".onnx") ? Stream.of(path) : savedModel(path).stream())
                .sorted()
                .toList();
    }

    private static ManifestDocument findFile(String stage, List<BundleFile> files, ManifestDocument said) {
        ManifestKey fileKey = ManifestKey.stage(stage, "file");
        ManifestKey engineKey = ManifestKey.stage(stage, "engine");
        ManifestDocument.Builder layer = new ManifestDocument.Builder("the bundle");
        String file = said.get(fileKey).map(JsonNode::asText).orElseGet(() -> onlyModelFile(fileKey, files));
        layer.put(fileKey, NODES.textNode(file), said.origin(fileKey).orElse("the only model file"));
        if (said.get(engineKey).isEmpty()) {
            layer.put(
                    engineKey,
                    NODES.textNode(engineOf(file, files).id()),
                    isSavedModel(file, files) ? "the folder has saved_model.pb" : "the kind of " + file);
        }
        return layer.build().overlaid(said);
    }

    /// @throws ManifestInvalid if there is none, or if there are several
    private static String onlyModelFile(ManifestKey key, List<BundleFile> files) {
        List<String> found = modelFiles(files);
        if (found.size() == 1) {
            return found.getFirst();
        }
        String line = found.isEmpty() ? "model.onnx" : found.getFirst();
        throw new ManifestInvalid(
                key.toString(),
                found.isEmpty()
                        ? key + ": no model file (expected: a .onnx file or a SavedModel; or add the line `file: "
                                + line + "`)"
                        : key + ": which of " + Shown.list(found) + "? (add the line `file: " + line + "`)");
    }

    /// The directory of a SavedModel, given its main file.
    private static Optional<String> savedModel(String path) {
        if (path.equals(SAVED_MODEL)) {
            return Optional.of(".");
        }
        return path.endsWith("/" + SAVED_MODEL)
                ? Optional.of(path.substring(0, path.length() - SAVED_MODEL.length() - 1))
                : Optional.empty();
    }

    private static EngineKind engineOf(String file, List<BundleFile> files) {
        return isSavedModel(file, files) ? EngineKind.TENSORFLOW : EngineKind.ONNX;
    }

    private static boolean isSavedModel(String file, List<BundleFile> files) {
        return files.stream()
                .anyMatch(one -> savedModel(one.path()).filter(file::equals).isPresent());
    }

    private ModelSignature readSignature(
            String stage, Path directory, List<BundleFile> files, ManifestDocument document) {
        ManifestKey key = ManifestKey.stage(stage, "file");
        String file = document.get(key).map(JsonNode::asText).orElseThrow();
        boolean isThere = isSavedModel(file, files)
                || files.stream().map(BundleFile::path).anyMatch(file::equals);
        if (!isThere) {
            throw new ManifestInvalid(
                    key.toString(),
                    key + ": " + Shown.of(file) + " (expected: a file of the bundle: "
                            + Shown.list(files.stream().map(BundleFile::path).toList()) + ")");
        }
        String engine = document.get(ManifestKey.stage(stage, "engine"))
                .map(JsonNode::asText)
                .orElseThrow();
        for (EngineKind kind : EngineKind.values()) {
            if (kind.id().equals(engine)) {
                return signatures.read(kind, directory.resolve(file));
            }
        }
        throw new IllegalStateException("the grammar let through " + engine);
    }

    // --- Families

    private static Clues clues(
            String stage,
            Map<String, ModelSignature> signed,
            Path directory,
            List<BundleFile> files,
            ManifestDocument found) {
        String model = found.get(ManifestKey.stage(stage, "file"))
                .map(JsonNode::asText)
                .orElseThrow();
        ModelSignature signature = signed.values().iterator().next();
        return ClueSource.all(new ExporterNotes(stage, model, signature, directory, files));
    }

    /// Recognises a model among the families that the user allows, or else those that its notes name, or else all.
    private Optional<Recognition> recognise(
            ModelSignature signature, ManifestDocument said, Optional<FamilyClue> clue) {
        Optional<String> wanted = said.get(ManifestKey.of("family")).map(JsonNode::asText);
        List<ModelFamily> candidates = wanted.isPresent()
                ? List.of(family(wanted.get()))
                : clue.map(this::named).orElse(families);
        Optional<Recognition> best = best(signature, candidates);
        if (best.isEmpty() && wanted.isEmpty() && clue.isPresent() && !isKnown(clue.get())) {
            throw new ManifestInvalid(
                    "family",
                    "family: " + Shown.of(clue.get().id()) + ", as "
                            + clue.get().origin()
                            + " says, is not in this release (expected: one of " + familyIds()
                            + "; if one of them reads the outputs, add the line `family: ID`)");
        }
        return best;
    }

    /// Puts several files together, if a family that the user allows knows how.
    ///
    /// @param signed file, or stage where the user has named those -> what it says of itself
    private Optional<Assembly> assemble(Map<String, ModelSignature> signed, ManifestDocument said) {
        Optional<String> wanted = said.get(ManifestKey.of("family")).map(JsonNode::asText);
        List<ModelFamily> candidates = wanted.isPresent() ? List.of(family(wanted.get())) : families;
        return candidates.stream()
                .flatMap(family -> family.assemble(signed).stream())
                .max(Comparator.comparingDouble(one -> one.recognition().confidence()));
    }

    /// @param stage what the user, or nobody, calls the only stage
    private static Assembly ofOneFile(String stage, Recognition recognition) {
        return new Assembly(Map.of(recognition.spec().firstStage().name(), stage), recognition);
    }

    /// The families that a clue may mean: `yolo-segment` may be a part of `yolo`.
    private List<ModelFamily> named(FamilyClue clue) {
        return families.stream()
                .filter(family -> family.id().equals(clue.id()) || clue.id().startsWith(family.id() + "-"))
                .toList();
    }

    private boolean isKnown(FamilyClue clue) {
        return families.stream().map(ModelFamily::id).anyMatch(clue.id()::equals);
    }

    /// The family by the notes alone, which the outputs need not show, and what they say of it, unless the user names another.
    private ManifestDocument namedFamily(Clues clues, ManifestDocument said) {
        ManifestDocument.Builder layer = new ManifestDocument.Builder("notes of the exporter");
        Optional<String> wanted = said.get(ManifestKey.of("family")).map(JsonNode::asText);
        clues.family()
                .filter(clue -> isKnown(clue) && wanted.orElse(clue.id()).equals(clue.id()))
                .ifPresent(clue -> {
                    layer.put(ManifestKey.of("family"), NODES.textNode(clue.id()), clue.origin());
                    clue.parameters()
                            .forEach((name, value) -> layer.put(
                                    ManifestKey.of("parameters", name), NODES.textNode(value), clue.origin()));
                });
        return layer.build();
    }

    private static Optional<Recognition> best(ModelSignature signature, List<ModelFamily> candidates) {
        List<Recognition> fitting = candidates.stream()
                .flatMap(family -> family.recognise(signature).stream())
                .sorted(Comparator.comparingDouble(Recognition::confidence).reversed())
                .toList();
        if (fitting.size() > 1 && fitting.get(0).confidence() == fitting.get(1).confidence()) {
            List<String> ids = fitting.stream()
                    .filter(one -> one.confidence() == fitting.getFirst().confidence())
                    .map(one -> one.spec().family())
                    .toList();
            throw new ManifestInvalid(
                    "family",
                    "family: " + String.join(" or ", ids) + "? (add the line `family: " + ids.getFirst() + "`)");
        }
        return fitting.stream().findFirst();
    }

    private ModelFamily family(String id) {
        return families.stream()
                .filter(family -> family.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ManifestInvalid(
                        "family", "family: " + Shown.of(id) + " (expected: one of " + familyIds() + ")"));
    }

    private String familyIds() {
        return families.stream()
                .map(ModelFamily::id)
                .sorted()
                .reduce((a, b) -> a + ", " + b)
                .orElse("none");
    }

    /// A recognition's stages get the names of what they are for: whatever the family calls them.
    private static ManifestDocument familyLayer(Assembly assembly) {
        Recognition recognition = assembly.recognition();
        ObjectNode tree = ManifestWriter.tree(recognition.spec());
        ArrayNode stages = tree.putArray("stages");
        for (JsonNode stage : ManifestWriter.tree(recognition.spec()).withArray("stages")) {
            Optional.ofNullable(assembly.files().get(stage.path("name").asText()))
                    .ifPresent(name -> stages.add(((ObjectNode) stage).put("name", name)));
        }
        String fallback = "the family " + recognition.spec().family();
        ManifestDocument plain = ManifestDocument.of(tree, fallback);
        ManifestDocument.Builder layer = new ManifestDocument.Builder(fallback);
        plain.settings()
                .forEach((key, setting) ->
                        layer.put(key, setting.value(), originOf(key.toString(), recognition.origins(), fallback)));
        return layer.build();
    }

    /// The origin of a key, or else that of the nearest mapping around it.
    private static String originOf(String field, Map<String, String> origins, String fallback) {
        for (String key = field; ; key = key.substring(0, key.lastIndexOf('.'))) {
            String origin = origins.get(key);
            if (origin != null) {
                return origin;
            }
            if (key.lastIndexOf('.') < 0) {
                return fallback;
            }
        }
    }

    // --- Classes

    /// Puts the names in the place of the file that holds them, one on a line. The line is the index, so an empty
    /// line between names stands for no class; those at the end stand for nothing.
    private static ManifestDocument classNames(Path directory, List<BundleFile> files, ManifestDocument said) {
        ManifestKey key = ManifestKey.of("classes");
        Optional<String> named = said.get(key).filter(node -> !node.isArray()).map(JsonNode::asText);
        if (named.isEmpty()) {
            return ManifestDocument.EMPTY;
        }
        String file = named.get();
        if (files.stream().map(BundleFile::path).noneMatch(file::equals)) {
            throw new ManifestInvalid(
                    "classes", "classes: " + Shown.of(file) + " (expected: a list, or a text file of the bundle)");
        }
        ArrayNode names = NODES.arrayNode();
        withoutMark(ManifestReader.text(bytes(directory.resolve(file)), "classes"))
                .stripTrailing()
                .lines()
                .map(String::strip)
                .forEach(names::add);
        new Schema.Items(ManifestGrammar.CLASS, 1, ManifestGrammar.MOST_CLASSES).check("classes", names);
        return new ManifestDocument.Builder(file).put(key, names).build();
    }

    /// The byte order mark that some editors put in front is no part of the first name.
    private static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private static byte[] bytes(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(ManifestReader.MOST_BYTES + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
