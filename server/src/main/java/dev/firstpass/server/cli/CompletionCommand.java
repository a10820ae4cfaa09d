package dev.firstpass.server.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `generate-completion`: teaches a shell the commands and options.
///
/// For one thread.
@Command(
        name = "generate-completion",
        description = "Print a script that completes commands and options in bash and zsh.",
        footer = {"", "Examples:", "  source <(firstpass generate-completion)"})
final class CompletionCommand implements Callable<Integer> {
    private final Session session;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        var root = spec.root();
        String script = AutoComplete.bash(root.name(), root.commandLine());
        session.print(new Script(script), List.of(script));
        return ExitCode.OK;
    }

    record Script(String script) {}
}
