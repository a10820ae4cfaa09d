package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What `--model-dir` names: one model, or a folder of models. Layouts are those that model servers share:
///
/// | DIR | is |
/// |---|---|
/// | a file, or a folder with `firstpass.yaml`, `saved_model.pb` or a file `*.onnx` | a model |
/// | folders called by whole numbers, `1/`, `2/` | a model's versions, of which the highest is taken |
/// | any other folders | a model each, called as its folder |
///
/// What is hidden is passed over. Pure functions of the file system.
final class ModelFolders {
    private static final String NUMBER = "[1-9][0-9]{0,17}";

    private ModelFolders() {}

    /// By name, in its order.
    ///
    /// @param name of the model, instead of the folder's
    /// @throws CliException if there is no model, or several and a name for one
    static Map<ModelName, Path> of(Path dir, Optional<String> name) {
        Optional<Path> alone = model(dir);
        if (alone.isPresent()) {
            String called = name.orElseGet(
                    () -> String.valueOf(dir.toAbsolutePath().normalize().getFileName()));
            return Map.of(name(called), alone.get());
        }
        Map<ModelName, Path> models = new TreeMap<>(Comparator.comparing(ModelName::value));
        for (Path folder : folders(dir)) {
            model(folder)
                    .ifPresent(found -> models.put(name(folder.getFileName().toString()), found));
        }
        if (models.isEmpty()) {
            throw CliException.failed("--model-dir: no model in " + dir
                    + " (expected: firstpass.yaml, saved_model.pb or *.onnx there, or in folders of it)");
        }
        if (name.isPresent()) {
            throw CliException.usage("--model-name: " + name.get() + ", and " + dir + " has " + models.size()
                    + " models (expected: a model, or no name)");
        }
        return models;
    }

    private static ModelName name(String name) {
        try {
            return new ModelName(name);
        } catch (RegistryException.ArgumentInvalid e) {
            throw CliException.usage("'" + name + "': " + e.getMessage());
        }
    }

    private static Optional<Path> model(Path path) {
        if (Files.isRegularFile(path) || isBundle(path)) {
            return Optional.of(path);
        }
        return folders(path).stream()
                .filter(folder -> folder.getFileName().toString().matches(NUMBER) && isBundle(folder))
                .max(Comparator.comparingLong(
                        folder -> Long.parseLong(folder.getFileName().toString())));
    }

    private static boolean isBundle(Path folder) {
        return list(folder).stream().filter(Files::isRegularFile).anyMatch(file -> {
            String name = file.getFileName().toString();
            return name.equals("firstpass.yaml") || name.equals("saved_model.pb") || name.endsWith(".onnx");
        });
    }

    private static List<Path> folders(Path dir) {
        return list(dir).stream().filter(Files::isDirectory).toList();
    }

    private static List<Path> list(Path dir) {
        try (Stream<Path> entries = Files.list(dir)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw CliException.failed("--model-dir: " + dir + " cannot be read: " + e.getMessage(), e);
        }
    }
}
