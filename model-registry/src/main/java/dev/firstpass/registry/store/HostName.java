package dev.firstpass.registry.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What this machine, or its container, is called.
///
/// Pure functions, but for the look.
final class HostName {
    private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

    private HostName() {}

    /// From the kernel, so that no name server has to answer; `server` where nobody knows.
    static String here() {
        try {
            return Files.readString(KERNEL).strip();
        } catch (IOException _) {
            return ofAddress();
        }
    }

    private static String ofAddress() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "server";
        }
    }
}
