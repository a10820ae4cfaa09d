package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.validation.ReportJson;
import dev.firstpass.registry.validation.ReportText;
import dev.firstpass.server.cli.RegistryAccess.AliasMove;
import dev.firstpass.server.cli.RegistryAccess.ModelSummary;
import dev.firstpass.server.cli.RegistryAccess.Registration;
import dev.firstpass.server.cli.RegistryAccess.ReplicaState;
import dev.firstpass.server.cli.RegistryAccess.Signature;
import dev.firstpass.server.cli.RegistryAccess.VersionDetails;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `models`: the registry. What it does is in its subcommands.
///
/// For one thread.
@Command(
        name = "models",
        description = "List, inspect and register models, move their aliases, and see who did.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A reference names a version: coco@3, an alias: coco@production, or a model: coco (its production).",
            "",
            "Examples:",
            "  firstpass models list",
            "  firstpass models register weeds exports/weeds.onnx",
            "  firstpass models alias weeds production 2"
        })
final class ModelsCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing (expected: one of list, show, register, validate, evaluate, alias, rollback, rollout, retire, prune, hold,"
                        + " release, audit)");
    }

    static String line(ModelName name, AliasMove move) {
        String before = move.previous().isPresent() ? " (was " + move.previous().getAsLong() + ")" : "";
        return move.ref() + " -> " + name + "@" + move.version() + before + behind(move.behind());
    }

    /// Which servers may not know of a change yet, as the end of a line.
    static String behind(List<String> servers) {
        return servers.isEmpty() ? "" : "; may still serve what was before: " + String.join(", ", servers);
    }

    private static List<String> named(List<String> classes) {
        return classes.stream().filter(name -> !name.isEmpty()).toList();
    }

    private static String signers(List<Signature> signatures) {
        return signatures.isEmpty()
                ? "nobody"
                : signatures.stream().map(Signature::toString).collect(Collectors.joining(", "));
    }

    /// A manifest as people write it, without its list of files.
    private static List<String> yaml(JsonNode manifest) {
        ObjectNode shown =
                manifest.isObject() ? manifest.<ObjectNode>deepCopy() : JsonNodeFactory.instance.objectNode();
        shown.remove("files");
        return ShownYaml.lines(shown);
    }

    /// `models list`.
    @Command(
            name = "list",
            description = "List the models with their versions and aliases.",
            footer = {"", "Examples:", "  firstpass models list", "  firstpass models list --json"})
    static final class ListModels implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        ListModels(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            try (RegistryAccess registry = target.registry(session)) {
                List<ModelSummary> models = registry.list();
                session.print(new Listing(models), lines(models));
            }
            return ExitCode.OK;
        }

        private List<String> lines(List<ModelSummary> models) {
            if (models.isEmpty()) {
                session.say("No model is registered yet: firstpass models register NAME PATH, or firstpass demo.");
                return List.of();
            }
            Table table = new Table()
                    .row("MODEL", "VERSIONS", "ALIASES", "FAMILY", "GEOMETRY", "CLASSES", "STATE", "REPLICAS");
            for (ModelSummary model : models) {
                table.row(
                        model.name(),
                        model.versions().stream().map(String::valueOf).collect(Collectors.joining(",")),
                        aliases(model.aliases()),
                        model.family(),
                        model.geometry(),
                        Integer.toString(named(model.classes()).size()),
                        model.state(),
                        counted(model.replicas()));
            }
            return table.lines();
        }

        /// How many servers have it in which way, or `-` where none was asked.
        private static String counted(List<ReplicaState> replicas) {
            Map<String, Long> counts = new TreeMap<>(
                    replicas.stream().collect(Collectors.groupingBy(ReplicaState::residency, Collectors.counting())));
            return counts.isEmpty()
                    ? "-"
                    : counts.entrySet().stream()
                            .map(count -> count.getValue() + " " + count.getKey())
                            .collect(Collectors.joining(", "));
        }

        private static String aliases(Map<String, Long> aliases) {
            return new TreeMap<>(aliases)
                    .entrySet().stream()
                            .map(alias -> alias.getKey() + "=" + alias.getValue())
                            .collect(Collectors.joining(","));
        }

        record Listing(List<ModelSummary> models) {}
    }

    /// `models show`.
    @Command(
            name = "show",
            description = "Show one version: its state, its digest and its manifest.",
            footer = {"", "Examples:", "  firstpass models show coco", "  firstpass models show coco@2 --json"})
    static final class Show implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(paramLabel = "REF", description = "The version: coco@3, coco@production, or coco.")
        private String ref = "";

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            ModelRef wanted = ModelRef.parse(ref);
            try (RegistryAccess registry = target.registry(session)) {
                VersionDetails version = registry.show(wanted);
                session.print(version, lines(version));
            }
            return ExitCode.OK;
        }

        private static List<String> lines(VersionDetails version) {
            Table table = new Table().row("version", version.ref()).row("state", version.state());
            version.replicas().forEach(replica -> table.row("on " + replica.name(), replica.residency()));
            version.setups().forEach(setup -> table.row("runs", setup.toString()));
            version.failure().ifPresent(why -> table.row("failure", why));
            List<String> lines = new ArrayList<>(table.row("aliases", String.join(", ", version.aliases()))
                    .row("family", version.family())
                    .row("geometry", version.geometry() + (isPrompted(version) ? ", of what a prompt points at" : ""))
                    .row("classes", summary(version.classes()))
                    .row("registered", version.registeredAt())
                    .row("digest", version.digest())
                    .row("signed by", signers(version.signatures()))
                    .lines());
            version.validation().ifPresent(report -> {
                lines.add("");
                lines.addAll(ReportText.of("last tried out:", ReportJson.read(report)));
            });
            lines.add("");
            lines.addAll(yaml(version.manifest()));
            return lines;
        }

        private static boolean isPrompted(VersionDetails version) {
            return ModelFamilies.byId(version.family())
                    .filter(ModelFamily::takesPrompt)
                    .isPresent();
        }

        /// Some models leave gaps in the numbering of their classes.
        private static String summary(List<String> all) {
            List<String> classes = named(all);
            int shown = Math.min(classes.size(), 8);
            return classes.size()
                    + (shown == 0 ? "" : ": " + String.join(", ", classes.subList(0, shown)))
                    + (shown < classes.size() ? ", ..." : "");
        }
    }

    /// `models register`.
    @Command(
            name = "register",
            description = {
                "Register a model file, a folder or an archive as the next version of NAME.",
                "What the manifest does not say is derived from the file; the derived manifest is printed with where each"
                        + " value came from."
            },
            footer = {
                "",
                "Examples:",
                "  firstpass models register weeds exports/weeds.onnx",
                "  firstpass models register weeds exports/weeds/ --manifest weeds.yaml",
                "  firstpass models register weeds weeds.zip --server http://127.0.0.1:8081"
            })
    static final class Register implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(index = "0", paramLabel = "NAME", description = "Name of the model: a-z, 0-9, '-', '_', '.'.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "PATH", description = "An .onnx file, a folder, a .zip, .tar or .tar.gz.")
        private Path path = Path.of("");

        @Option(
                names = "--manifest",
                paramLabel = "FILE",
                description = "A firstpass.yaml to use in place of one beside the model.")
        private Optional<Path> manifest = Optional.empty();

        Register(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            ModelName model = new ModelName(name);
            Inputs.requireExists(path);
            manifest.ifPresent(Inputs::requireExists);
            try (RegistryAccess registry = target.registry(session)) {
                Registration registration = registry.register(model, path, manifest, session.progress());
                session.print(registration, lines(registration));
                return registration.state().equals("FAILED") ? ExitCode.FAILED : ExitCode.OK;
            }
        }

        private static List<String> lines(Registration registration) {
            List<String> lines = new ArrayList<>();
            lines.add(registration.ref()
                    + "  " + registration.state()
                    + registration.failure().map(why -> ": " + why).orElse(""));
            lines.add(registration.digest());
            if (!registration.signatures().isEmpty()) {
                lines.add("signed by " + signers(registration.signatures()));
            }
            lines.add("");
            lines.addAll(yaml(registration.manifest()));
            section(lines, "Where the values came from:", registration.origins());
            section(lines, "Guessed; to be set in firstpass.yaml where the guess is wrong:", registration.questions());
            return lines;
        }

        private static void section(List<String> lines, String title, Map<String, String> entries) {
            if (entries.isEmpty()) {
                return;
            }
            lines.add("");
            lines.add(title);
            Table table = new Table();
            new TreeMap<>(entries).forEach((key, value) -> table.row("  " + key, value));
            lines.addAll(table.lines());
        }
    }

    /// `models alias`.
    @Command(
            name = "alias",
            description = "Point an alias of a model to a version; 'production' is what a bare model name means.",
            footer = {
                "",
                "Examples:",
                "  firstpass models alias weeds production 2",
                "  firstpass models alias weeds production 3 --expect 2   only if it is 2 now"
            })
    static final class Alias implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Mixin
        private AliasArguments alias = new AliasArguments();

        @Parameters(index = "2", paramLabel = "VERSION", description = "Number of the version.")
        private long version;

        @Mixin
        private ExpectOption expect = new ExpectOption();

        Alias(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            ModelRef.Aliased ref = alias.ref();
            try (RegistryAccess registry = target.registry(session)) {
                AliasMove move = registry.moveAlias(ref.name(), ref.alias(), version, expect.version());
                session.print(move, List.of(line(ref.name(), move)));
            }
            return ExitCode.OK;
        }
    }
}
