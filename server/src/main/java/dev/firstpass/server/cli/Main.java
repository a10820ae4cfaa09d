package dev.firstpass.server.cli;

import dev.firstpass.server.logging.Logs;
import java.lang.ref.Reference;
import java.util.Optional;

/// Where the process begins.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        Logs logs = Logs.ofCommand(console.err());
        try {
            System.exit(new Cli(console, new ServerParts(Optional.of(logs))).run(arguments));
        } finally {
            Reference.reachabilityFence(logs);
        }
    }
}
