package dev.firstpass.server.cli;

import dev.firstpass.server.failure.Words;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command line as a whole: the list of commands, and what happens to errors.
///
/// For one thread.
final class Cli {
    private static final int HELP_COLUMNS = 100;

    private final Console console;
    private final RootCommand root = new RootCommand();
    private final Session session;

    /// By name, each made when it is needed: making them all takes a tenth of a server's start.
    private final Map<String, Supplier<CommandLine>> commands = new LinkedHashMap<>();

    Cli(Console console, Parts parts) {
        this.console = console;
        this.session = new Session(console, parts, root);
        commands.put("demo", () -> new CommandLine(new DemoCommand(session)));
        commands.put("serve", () -> new CommandLine(new ServeCommand(session)));
        commands.put("prelabel", () -> new CommandLine(new PrelabelCommand(session)));
        commands.put(
                "models",
                () -> new CommandLine(new ModelsCommand())
                        .addSubcommand(new ModelsCommand.ListModels(session))
                        .addSubcommand(new ModelsCommand.Show(session))
                        .addSubcommand(new ModelsCommand.Register(session))
                        .addSubcommand(new ModelsCommand.Alias(session))
                        .addSubcommand(new RollbackCommand(session))
                        .addSubcommand(new ValidateCommand(session))
                        .addSubcommand(new EvaluateCommand(session))
                        .addSubcommand(new RolloutCommand(session))
                        .addSubcommand(new RetireCommand(session))
                        .addSubcommand(new PruneCommand(session))
                        .addSubcommand(new HoldCommand(session))
                        .addSubcommand(new ReleaseCommand(session))
                        .addSubcommand(new AuditCommand(session)));
        commands.put(
                "projects",
                () -> new CommandLine(new ProjectsCommand())
                        .addSubcommand(new ProjectsCommand.ListProjects(session))
                        .addSubcommand(new ProjectsCommand.Show(session))
                        .addSubcommand(new ProjectsCommand.SetProject(session))
                        .addSubcommand(new ProjectsCommand.Validate(session)));
        commands.put(
                "predictions",
                () -> new CommandLine(new PredictionsCommand())
                        .addSubcommand(new PredictionsCommand.ListPredictions(session))
                        .addSubcommand(new PredictionsCommand.Show(session)));
        commands.put(
                "token",
                () -> new CommandLine(new TokenCommand())
                        .addSubcommand(new TokenCommand.CreateToken(session))
                        .addSubcommand(new TokenCommand.ListTokens(session))
                        .addSubcommand(new TokenCommand.RevokeToken(session)));
        commands.put("convert", () -> new CommandLine(new ConvertCommand(session)));
        commands.put(
                "upload",
                () -> new CommandLine(new UploadCommand()).addSubcommand(new UploadCommand.ToLabelbox(session)));
        commands.put("tune", () -> new CommandLine(new TuneCommand(session)));
        commands.put("backup", () -> new CommandLine(new BackupCommand(session)));
        commands.put("restore", () -> new CommandLine(new RestoreCommand(session)));
        commands.put("formats", () -> new CommandLine(new FormatsCommand(session)));
        commands.put("families", () -> new CommandLine(new FamiliesCommand(session)));
        commands.put("ready", () -> new CommandLine(new ReadyCommand(session)));
        commands.put("doctor", () -> new CommandLine(new DoctorCommand(session)));
    }

    /// @return the exit code
    int run(String... arguments) {
        CommandLine commandLine = commandLine(arguments);
        try {
            return commandLine.execute(arguments);
        } catch (LinkageError | OutOfMemoryError | StackOverflowError e) {
            return fail(commandLine.getCommandSpec(), e);
        }
    }

    private CommandLine commandLine(String[] arguments) {
        CommandLine commandLine = new CommandLine(root);
        Stream.of(arguments)
                .findFirst()
                .flatMap(first -> Optional.ofNullable(commands.get(first)))
                .ifPresentOrElse(
                        command -> commandLine.addSubcommand(command.get()), () -> addAllCommands(commandLine));
        return commandLine
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(new ColorScheme.Builder(CommandLine.Help.defaultColorScheme(
                                console.terminal() && !console.environment().containsKey("NO_COLOR")
                                        ? Ansi.ON
                                        : Ansi.OFF))
                        .build())
                .setUsageHelpWidth(Math.clamp(console.columns(), 60, HELP_COLUMNS))
                .setParameterExceptionHandler(new UsageErrors())
                .setExecutionExceptionHandler(new Failures());
    }

    private void addAllCommands(CommandLine commandLine) {
        commands.values().forEach(command -> commandLine.addSubcommand(command.get()));
        commandLine.addSubcommand(new CompletionCommand(session));
    }

    private int fail(CommandSpec command, Throwable error) {
        printError(command, ErrorText.of(error));
        if (root.debug) {
            error.printStackTrace(console.err());
        }
        return ErrorText.exitCode(error);
    }

    private void printError(CommandSpec command, String message) {
        console.err().println(command.qualifiedName() + ": " + message);
    }

    private final class UsageErrors implements IParameterExceptionHandler {
        @Override
        public int handleParseException(ParameterException error, String[] arguments) {
            CommandLine command = error.getCommandLine();
            printError(command.getCommandSpec(), message(error));
            if (!(error instanceof UnmatchedArgumentException)) {
                console.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            }
            return ExitCode.USAGE;
        }

        private static String message(ParameterException error) {
            if (!(error instanceof UnmatchedArgumentException unmatched)) {
                return String.valueOf(error.getMessage());
            }
            String first = unmatched.getUnmatched().getFirst();
            CommandLine command = unmatched.getCommandLine();
            String name = first.split("=", 2)[0];
            boolean option = first.startsWith("-");
            boolean isCommand = !option && !command.getSubcommands().isEmpty();
            Optional<String> near = Words.nearest(
                    name, option ? options(command) : command.getSubcommands().keySet());
            return (option ? "unknown option: " : isCommand ? "unknown command: " : "unexpected argument: ")
                    + name
                    + near.map(candidate -> " (did you mean " + candidate + "?)")
                            .orElse(" (--help lists what is known)");
        }

        private static Collection<String> options(CommandLine command) {
            List<String> names = new ArrayList<>();
            command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .map(OptionSpec::names)
                    .flatMap(Stream::of)
                    .forEach(names::add);
            return names;
        }
    }

    private final class Failures implements IExecutionExceptionHandler {
        @Override
        public int handleExecutionException(Exception error, CommandLine command, ParseResult parsed) {
            if (error instanceof ParameterException usage) {
                return new UsageErrors().handleParseException(usage, new String[0]);
            }
            return fail(command.getCommandSpec(), error);
        }
    }
}
