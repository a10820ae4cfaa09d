package dev.firstpass.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `firstpass` itself: the options that every command knows.
///
/// For one thread. picocli fills it.
@Command(
        name = "firstpass",
        description = "Pre-labels for your labeling tool, from your own models, on your own machine.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = RootCommand.Version.class,
        footer = {
            "",
            "Exit codes: 0 ok; 1 failed; 2 wrong usage or configuration; 3 some assets failed, the rest are written.",
            "",
            "Examples:",
            "  firstpass demo                    see it work on sample photos",
            "  firstpass serve                   start the server on 127.0.0.1:8080",
            "  firstpass prelabel coco photos/   label a folder of photos",
            "",
            "'firstpass COMMAND --help' says more about a command."
        })
final class RootCommand implements Runnable {
    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print the result as JSON, for machines to read.")
    boolean json;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Print stack traces where something fails.")
    boolean debug;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and end.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and end.")
    boolean version;

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /// The version in the jar's manifest, `development` where there is no jar.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RootCommand.class.getPackage().getImplementationVersion();
            return new String[] {"firstpass " + (version == null ? "development" : version)};
        }
    }
}
