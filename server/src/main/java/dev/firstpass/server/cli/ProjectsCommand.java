package dev.firstpass.server.cli;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProjectName;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.server.cli.RegistryAccess.ProjectCheck;
import dev.firstpass.server.cli.RegistryAccess.ProjectDetails;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `projects`: what answers are to be like for a labeling project. What it does is in its subcommands.
///
/// For one thread.
@Command(
        name = "projects",
        description = "List and set labeling projects, and hold them against models.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A reference names a version: fields@3, or a project: fields (its newest version).",
            "",
            "Examples:",
            "  firstpass projects list",
            "  firstpass projects set fields fields.yaml",
            "  firstpass projects validate fields --model weeds"
        })
final class ProjectsCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "a command is missing (expected: one of list, show, set, validate)");
    }

    /// `projects list`.
    @Command(
            name = "list",
            description = "List the projects: the newest version of each.",
            footer = {"", "Examples:", "  firstpass projects list", "  firstpass projects list --json"})
    static final class ListProjects implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        ListProjects(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            try (RegistryAccess registry = target.registry(session)) {
                List<ProjectDetails> projects = registry.projects();
                session.print(
                        Map.of("projects", projects),
                        projects.stream()
                                .map(project -> project.ref() + "  " + project.createdAt() + "  "
                                        + project.spec().path("format").asText("any format"))
                                .toList());
            }
            return ExitCode.OK;
        }
    }

    /// `projects show`.
    @Command(
            name = "show",
            description = "Show what a version of a project says, as 'projects set' takes it.",
            footer = {
                "",
                "Examples:",
                "  firstpass projects show fields",
                "  firstpass projects show fields@2 > fields.yaml"
            })
    static final class Show implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(paramLabel = "PROJECT", description = "The project, or a version of it: fields, fields@3.")
        private String ref = "";

        Show(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            ProjectRef wanted = ProjectRef.parse(ref);
            try (RegistryAccess registry = target.registry(session)) {
                ProjectDetails project = registry.project(wanted);
                List<String> lines = new ArrayList<>();
                lines.add("# " + project.ref() + ", set " + project.createdAt() + "; versions: "
                        + project.versions().stream().map(Object::toString).collect(Collectors.joining(", ")));
                lines.addAll(ShownYaml.lines(project.spec()));
                session.print(project, lines);
            }
            return ExitCode.OK;
        }
    }

    /// `projects set`.
    @Command(
            name = "set",
            description = {
                "Say what a project is from now on: its next version, or its first. Earlier versions stay as they are.",
                "A file that says what the newest version says changes nothing."
            },
            footer = {
                "",
                "Examples:",
                "  firstpass projects set fields fields.yaml",
                "  firstpass prelabel weeds photos/ --project fields"
            })
    static final class SetProject implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(index = "0", paramLabel = "NAME", description = "The project: a-z, 0-9, '-', '_', '.'.")
        private String name = "";

        @Parameters(index = "1", paramLabel = "FILE", description = "What it says, in YAML or JSON; docs/projects.md.")
        private Path file = Path.of("");

        SetProject(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            ProjectName wanted = new ProjectName(name);
            if (!Files.isRegularFile(file)) {
                throw CliException.usage("no such file: " + file);
            }
            byte[] document = Files.readAllBytes(file);
            try (RegistryAccess registry = target.registry(session)) {
                ProjectDetails project = registry.setProject(wanted, document);
                session.print(project, List.of(project.ref() + ModelsCommand.behind(project.behind())));
            }
            return ExitCode.OK;
        }
    }

    /// `projects validate`.
    @Command(
            name = "validate",
            description = {
                "Hold a project against the classes of a model, and against the labels of a tool if they are given.",
                "Fails where the project names a class that the model never gives, where an answer would carry a label"
                        + " that the tool does not have, and where the geometry cannot be had of the model. Classes that"
                        + " are left out and labels that nothing becomes are shown."
            },
            footer = {
                "",
                "Examples:",
                "  firstpass projects validate fields --model weeds",
                "  firstpass projects validate fields@2 --model weeds@next --labels Crop,Weed"
            })
    static final class Validate implements Callable<Integer> {
        private final Session session;

        @Mixin
        private Target target = new Target();

        @Parameters(paramLabel = "PROJECT", description = "The project, or a version of it: fields, fields@3.")
        private String ref = "";

        @Option(
                names = "--model",
                paramLabel = "REF",
                required = true,
                description = "The model: coco@3, coco@production, or coco.")
        private String model = "";

        @Option(
                names = "--labels",
                split = ",",
                paramLabel = "LABEL",
                description = "The labels of the tool, separated by commas.")
        private List<String> labels = List.of();

        Validate(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            ProjectRef project = ProjectRef.parse(ref);
            ModelRef version = ModelRef.parse(model);
            try (RegistryAccess registry = target.registry(session)) {
                ProjectCheck check = registry.validateProject(project, version, labels);
                session.print(check, lines(check));
                return check.fits() ? ExitCode.OK : ExitCode.FAILED;
            }
        }

        private static List<String> lines(ProjectCheck check) {
            List<String> lines = new ArrayList<>();
            lines.add(check.ref() + (check.fits() ? " fits " : " does not fit ") + check.model());
            add(lines, "no class of the model: ", check.unknownClasses());
            add(lines, "no label of the tool:  ", check.unknownLabels());
            check.geometry().ifPresent(why -> lines.add("geometry:              " + why));
            add(lines, "left out, not mapped:  ", check.unmapped());
            add(lines, "labels never given:    ", check.unusedLabels());
            return lines;
        }

        private static void add(List<String> lines, String what, List<String> names) {
            if (!names.isEmpty()) {
                lines.add(what + String.join(", ", names));
            }
        }
    }
}
