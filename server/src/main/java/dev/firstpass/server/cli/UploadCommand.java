package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.server.labelbox.Chunk;
import dev.firstpass.server.labelbox.LabelboxException;
import dev.firstpass.server.labelbox.LabelboxUpload;
import dev.firstpass.server.labelbox.RowFile;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `upload`: label files to the tools that fetch nothing themselves. What it does is in its subcommands.
///
/// For one thread.
@Command(
        name = "upload",
        description = "Send label files to a tool, with a key of yours. No server of Firstpass does that by itself.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Examples:", "  firstpass upload labelbox labels.ndjson --project ID --url URL --dry-run"})
final class UploadCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing (expected: labelbox)");
    }

    /// `upload labelbox`.
    @Command(
            name = "labelbox",
            description = {
                "Send rows to a Labelbox project as pre-labels (model-assisted labeling).",
                "FILE is what 'prelabel' and 'convert' write with the format labelbox: one JSON object a line. It is looked"
                        + " through first; if Labelbox would refuse a line, nothing is sent.",
                "The key is that of the file --key-file names, or of the variable LABELBOX_API_KEY. It goes to URL alone.",
                "Repeating an upload sends nothing twice: what is there already is waited for, and the rest is sent.",
                "Rows that Labelbox refuses are listed in FILE.refused.ndjson, and the exit code is 3."
            },
            footer = {
                "",
                "Examples:",
                "  firstpass upload labelbox labels.ndjson --project ID --url URL --dry-run",
                "  firstpass upload labelbox labels.ndjson --project clx0 \\",
                "      --url https://api.labelbox.com/graphql --key-file ~/.labelbox"
            })
    static final class ToLabelbox implements Callable<Integer> {
        private static final int MOST_ROWS = 25_000;
        private static final String KEY = "LABELBOX_API_KEY";
        private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";
        private static final JsonMapper JSON = new JsonMapper();

        private final Session session;

        @Parameters(arity = "1", paramLabel = "FILE", description = "Rows: one JSON object a line.")
        private Path file = Path.of("");

        @Option(
                names = "--project",
                paramLabel = "ID",
                required = true,
                description = "The Labelbox project's id: the last part of its address.")
        private String project = "";

        @Option(
                names = "--url",
                paramLabel = "URL",
                required = true,
                description = "Labelbox's GraphQL endpoint, for instance https://api.labelbox.com/graphql.")
        private URI url = URI.create("");

        @Option(
                names = "--key-file",
                paramLabel = "FILE",
                description = "A file that has the API key and nothing else.")
        private Optional<Path> keyFile = Optional.empty();

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description = "Beginning of the imports' names (default: ${DEFAULT-VALUE}).")
        private String name = "firstpass";

        @Option(
                names = "--rows",
                paramLabel = "N",
                description = "Most rows of an import, 1 to 25000; a data row with more is not divided (default:"
                        + " ${DEFAULT-VALUE}).")
        private int rows = MOST_ROWS;

        @Option(names = "--dry-run", description = "Look through the file and tell what would be sent; send nothing.")
        private boolean dryRun;

        ToLabelbox(Session session) {
            this.session = session;
        }

        /// What is printed with `--json`.
        ///
        /// @param refused rows that Labelbox did not take
        /// @param refusedFile where they are listed
        record Result(
                String file,
                String project,
                boolean dryRun,
                long rows,
                long dataRows,
                List<Import> imports,
                long refused,
                Optional<String> refusedFile) {}

        /// @param name in the project; absent where it was not sent
        /// @param there whether it had been sent before
        record Import(Optional<String> name, int rows, int dataRows, boolean there, int refused) {}

        @Override
        public Integer call() throws IOException, InterruptedException {
            requireName("--project", project);
            requireName("--name", name);
            if (rows < 1 || rows > MOST_ROWS) {
                throw CliException.usage("--rows: " + rows + " (expected: 1 to " + MOST_ROWS + ")");
            }
            if (!Files.isRegularFile(file)) {
                throw CliException.usage("no such file: " + file);
            }
            RowFile looked = RowFile.of(file, rows);
            requireRight(looked);
            return dryRun ? plan(looked) : send(looked);
        }

        private static void requireName(String option, String value) {
            if (!value.matches(NAME)) {
                throw CliException.usage(option + ": '" + value + "' (expected: letters, digits, '.', '_' and '-')");
            }
        }

        private void requireRight(RowFile looked) {
            if (looked.problemCount() > 0) {
                looked.problems()
                        .forEach(problem -> session.say(file + ":" + problem.line() + ": " + problem.message()));
                throw CliException.failed(
                        file + ": " + looked.problemCount() + " lines that Labelbox would refuse; nothing was sent");
            }
            if (looked.chunks().isEmpty()) {
                throw CliException.failed(file + ": has no rows");
            }
        }

        private int plan(RowFile looked) {
            List<Import> imports = looked.chunks().stream()
                    .map(chunk -> new Import(Optional.empty(), chunk.rows(), chunk.dataRows(), false, 0))
                    .toList();
            session.print(
                    result(looked, imports, Optional.empty()),
                    List.of(summary(looked) + " would be sent to project " + project + "; nothing was"));
            return ExitCode.OK;
        }

        private static String summary(RowFile looked) {
            return "%,d rows of %,d data rows in %,d import%s"
                    .formatted(
                            looked.rows(),
                            looked.dataRows(),
                            looked.chunks().size(),
                            looked.chunks().size() == 1 ? "" : "s");
        }

        private int send(RowFile looked) throws IOException, InterruptedException {
            List<Import> imports = new ArrayList<>();
            List<String> lines = new ArrayList<>();
            List<LabelboxUpload.RefusedLine> refused = new ArrayList<>();
            try (LabelboxUpload upload = upload()) {
                for (Chunk chunk : looked.chunks()) {
                    LabelboxUpload.Sent sent = sent(upload, looked, chunk, imports.size() + 1);
                    imports.add(new Import(
                            Optional.of(sent.importName()),
                            chunk.rows(),
                            chunk.dataRows(),
                            sent.wasThere(),
                            sent.refused().size()));
                    refused.addAll(sent.refused());
                    lines.add("%s: %,d rows%s, %,d refused"
                            .formatted(
                                    sent.importName(),
                                    chunk.rows(),
                                    sent.wasThere() ? ", there already" : "",
                                    sent.refused().size()));
                }
            } catch (LabelboxException e) {
                lines.forEach(session::say);
                throw CliException.failed(
                        e.getMessage() + "; the same command again goes on after " + imports.size() + " of "
                                + looked.chunks().size() + " imports",
                        e);
            }
            Path list = file.resolveSibling(file.getFileName() + ".refused.ndjson");
            if (!refused.isEmpty()) {
                Files.write(list, refused.stream().map(ToLabelbox::line).toList(), StandardCharsets.UTF_8);
                lines.add("%,d rows were refused: %s".formatted(refused.size(), list));
            }
            session.print(result(looked, imports, Optional.of(list.toString()).filter(_ -> !refused.isEmpty())), lines);
            return refused.isEmpty() ? ExitCode.OK : ExitCode.SOME_FAILED;
        }

        private LabelboxUpload.Sent sent(LabelboxUpload upload, RowFile looked, Chunk chunk, int number)
                throws IOException, InterruptedException {
            int[] done = {0};
            try (Progress.Task task = session.progress()
                    .begin("Importing " + number + " of " + looked.chunks().size(), 100, Progress.Unit.STEPS)) {
                try {
                    return upload.send(looked, chunk, percent -> {
                        task.advance(Math.max(0, percent - done[0]));
                        done[0] = Math.max(done[0], percent);
                    });
                } catch (LabelboxException | IOException e) {
                    task.failed();
                    throw e;
                }
            }
        }

        private LabelboxUpload upload() throws IOException {
            try {
                return new LabelboxUpload(url, key(), project, name, Thread::sleep);
            } catch (IllegalArgumentException e) {
                throw CliException.usage("--url: " + e.getMessage());
            }
        }

        private String key() throws IOException {
            String key = keyFile.isPresent()
                    ? Files.readString(keyFile.get()).strip()
                    : session.console().environment().getOrDefault(KEY, "").strip();
            if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c <= '~')) {
                throw CliException.usage((key.isEmpty() ? "no key" : "a key with other characters than a key has")
                        + " (expected: --key-file FILE, or " + KEY + " in the environment)");
            }
            return key;
        }

        private static String line(LabelboxUpload.RefusedLine refused) {
            ObjectNode line = JSON.createObjectNode();
            refused.line().ifPresent(number -> line.put("line", number));
            line.put("uuid", refused.row().uuid());
            line.put("dataRow", refused.row().dataRow());
            refused.row().reasons().forEach(line.withArray("reasons")::add);
            return line.toString();
        }

        private Result result(RowFile looked, List<Import> imports, Optional<String> refusedFile) {
            return new Result(
                    file.toString(),
                    project,
                    dryRun,
                    looked.rows(),
                    looked.dataRows(),
                    imports,
                    imports.stream().mapToLong(Import::refused).sum(),
                    refusedFile);
        }
    }
}
