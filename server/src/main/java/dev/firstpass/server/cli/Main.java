package dev.firstpass.server.cli;

import java.lang.ref.Reference;
import java.util.List;
import java.util.logging.Logger;

/// Where the process begins.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Console console = Console.ofProcess();
        List<Logger> loggers = Logs.configure(console.err());
        try {
            System.exit(new Cli(console, new ServerParts()).run(arguments));
        } finally {
            Reference.reachabilityFence(loggers);
        }
    }
}
