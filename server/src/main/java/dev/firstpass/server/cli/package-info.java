/// The command line: parses arguments, finds out whether a running server or this process does the work, shows
/// progress, and prints results. What does the work is reached through [Parts] alone.
@NullMarked
package dev.firstpass.server.cli;

import org.jspecify.annotations.NullMarked;
