package dev.firstpass.server.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What Linux says of a process' memory.
///
/// Pure functions.
public final class ProcessMemory {
    private static final long PAGE = 4096;

    private ProcessMemory() {}

    /// Bytes that the process has in memory for itself, without what it shares or has mapped from files; 0 where there
    /// is no such process.
    public static long privateBytes(long pid) {
        try {
            String[] pages =
                    Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ", 4);
            return (Long.parseLong(pages[1]) - Long.parseLong(pages[2])) * PAGE;
        } catch (IOException e) {
            return 0;
        }
    }
}
