package dev.firstpass.registry.store;

import dev.firstpass.registry.Expected;
import dev.firstpass.registry.FakeModel;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Validator;
import dev.firstpass.registry.audit.AuditLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A process that makes every kind of change to a registry, and says on its standard output what was acknowledged: after each
/// change `acknowledged LINE HASH`, where the audit ends, or `refused KIND MESSAGE`, after which the change is tried once more. It
/// closes the registry in between, and opens it again.
final class RegistryScript {
    private static final ModelName COCO = new ModelName("coco");
    private static final ModelName WEEDS = new ModelName("weeds");

    /// So that a model's file has many sectors.
    private static final int LINES_OF_A_MODEL = 600;

    private static final int TRIALS = 4;

    private final Path data;
    private final Path offers;

    private RegistryScript(Path data, Path offers) {
        this.data = data;
        this.offers = offers;
    }

    static List<String> command(Path data, Path offers, int moves) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                RegistryScript.class.getName(),
                data.toString(),
                offers.toString(),
                Integer.toString(moves));
    }

    /// The lines that it says, once it has ended as it should.
    static List<String> run(List<String> command, Path folder) throws IOException, InterruptedException {
        Path out = folder.resolve("said");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("stderr").toFile())
                .start();
        if (!process.waitFor(300, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        List<String> said = Files.readAllLines(out);
        if (process.exitValue() != 0) {
            throw new AssertionError("exit code " + process.exitValue() + ", " + said + "\n"
                    + Files.readString(folder.resolve("stderr")));
        }
        return said;
    }

    /// @param args data directory, a directory for offers, and how often an alias is moved at the end
    public static void main(String[] args) {
        RegistryScript script = new RegistryScript(Path.of(args[0]), Path.of(args[1]));
        script.session(script::first);
        script.session(script::second);
        script.session(registry -> script.moves(registry, Integer.parseInt(args[2])));
        System.out.println("end");
    }

    private interface Part {
        void run(ModelRegistry registry);
    }

    private void session(Part part) {
        for (int trial = 1; trial <= TRIALS; trial++) {
            try (ModelRegistry registry = ModelRegistryTest.open(data)) {
                System.out.println("open");
                part.run(registry);
                return;
            } catch (RegistryException e) {
                refused(e);
            }
        }
    }

    private void first(ModelRegistry registry) {
        change(registry, () -> register(registry, COCO, 1));
        change(registry, () -> register(registry, COCO, 2));
        change(registry, () -> registry.moveAlias(COCO, "canary", 2, new Expected.Anything()));
        change(registry, () -> registry.rollOut(COCO, "production", new Rollout(2, 20)));
        change(registry, () -> register(registry, WEEDS, 1));
        change(registry, () -> registry.hold(new ModelRef.Numbered(COCO, 2), "labels of the trial"));
        change(registry, () -> registry.moveAlias(COCO, "production", 2, new Expected.Anything()));
        change(registry, () -> registry.retire(new ModelRef.Numbered(COCO, 1)));
    }

    private void second(ModelRegistry registry) {
        change(registry, () -> registry.remove(new ModelRef.Numbered(COCO, 1)));
        change(registry, () -> register(registry, COCO, 3));
        change(registry, () -> registry.moveAlias(COCO, "canary", 3, new Expected.Anything()));
        change(registry, () -> registry.release(new ModelRef.Numbered(COCO, 2)));
        change(registry, () -> registry.moveAlias(COCO, "production", 3, new Expected.Anything()));
        change(registry, () -> registry.remove(new ModelRef.Numbered(COCO, 2)));
        // What was removed a moment ago.
        change(registry, () -> register(registry, COCO, 2));
    }

    private void moves(ModelRegistry registry, int moves) {
        for (int i = 0; i < moves; i++) {
            int to = 3 + i % 2;
            change(registry, () -> registry.moveAlias(COCO, "canary", to, new Expected.Anything()));
        }
    }

    private void register(ModelRegistry registry, ModelName name, int seed) {
        String text = FakeModel.DETECTOR
                + IntStream.range(0, LINES_OF_A_MODEL)
                        .mapToObj(line -> "meta line" + line + " " + (seed * 7_919 + line))
                        .collect(Collectors.joining("\n"))
                + "\n";
        // Beside a folder of its own, and a second file.
        Path bundle = offers.resolve("bundle" + seed);
        FakeModel.write(bundle.resolve("nets/model.onnx"), text);
        FakeModel.write(bundle.resolve("notes/readme.txt"), "trained in " + seed);
        var _ = registry.register(name, bundle, Validator.NONE, ProgressListener.NONE);
    }

    private static void change(ModelRegistry registry, Runnable change) {
        for (int trial = 1; trial <= 2; trial++) {
            try {
                change.run();
                AuditLine last = lines(registry).getLast();
                System.out.println("acknowledged " + last.id() + " " + last.hash());
                return;
            } catch (RegistryException e) {
                refused(e);
            }
        }
    }

    static List<AuditLine> lines(ModelRegistry registry) {
        List<AuditLine> lines = new ArrayList<>();
        List<AuditLine> page = registry.audit(0, 1000).lines();
        while (!page.isEmpty()) {
            lines.addAll(page);
            page = registry.audit(page.getLast().id(), 1000).lines();
        }
        return lines;
    }

    private static void refused(RegistryException e) {
        System.out.println("refused " + e.getClass().getSimpleName() + " " + e.getMessage());
        if (Boolean.getBoolean("firstpass.script.trace")) {
            e.printStackTrace();
        }
    }
}
