package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Landlock: a thread gives up, for itself and all that come of it, whatever it does not name. Threads that are there
/// already keep their rights, so it is for a thread that then becomes another program.
///
/// Pure functions.
public final class Landlock {
    /// LANDLOCK_CREATE_RULESET_VERSION.
    private static final long ASK_FOR_VERSION = 1;
    /// LANDLOCK_RULE_PATH_BENEATH.
    private static final long PATH_BENEATH = 1;

    private static final long EXECUTE = 1;
    private static final long WRITE_FILE = 1 << 1;
    private static final long READ_FILE = 1 << 2;
    private static final long READ_FOLDER = 1 << 3;
    private static final long REMOVE_FOLDER = 1 << 4;
    private static final long REMOVE_FILE = 1 << 5;
    private static final long MAKE_FOLDER = 1 << 7;
    private static final long MAKE_FILE = 1 << 8;
    /// From version 3.
    private static final long TRUNCATE = 1 << 14;
    /// From version 5; before, whoever could open a device could control it.
    private static final long CONTROL_DEVICE = 1 << 15;
    /// What can be said of a plain file.
    private static final long OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | CONTROL_DEVICE;

    /// What a process may do with a file, or with a folder and everything below.
    public enum Access {
        READ(READ_FILE | READ_FOLDER),
        /// And run what lies there.
        EXECUTE(READ.rights | Landlock.EXECUTE),
        /// And make, change and delete.
        WRITE(READ.rights | WRITE_FILE | REMOVE_FOLDER | REMOVE_FILE | MAKE_FOLDER | MAKE_FILE | TRUNCATE),
        /// Read and change the contents of what is there; make and delete nothing.
        UPDATE(READ.rights | WRITE_FILE),
        /// Read, write and control a device: `ioctl` on its file.
        DEVICE(READ_FILE | WRITE_FILE | CONTROL_DEVICE);

        private final long rights;

        Access(long rights) {
            this.rights = rights;
        }
    }

    /// @param path of a file or folder; what does not exist is passed over
    public record Rule(String path, Access access) {}

    private Landlock() {}

    /// What of Landlock this kernel has: 1 from Linux 5.13, then more.
    ///
    /// @throws KernelException if it has none, or has it switched off
    public static int version() {
        return (int) Kernel.call(SystemCall.LANDLOCK_CREATE_RULESET, 0, 0, ASK_FOR_VERSION);
    }

    /// This thread may reach these files and no others, and, where the kernel is new enough, neither network nor
    /// processes outside. It needs [Privileges#giveUp] before.
    ///
    /// @throws KernelException if the kernel has no Landlock
    public static void restrict(List<Rule> rules) {
        int version = version();
        int ruleset = ruleset(version);
        try {
            for (Rule rule : rules) {
                add(ruleset, rule, handled(version));
            }
            Kernel.call(SystemCall.LANDLOCK_RESTRICT_SELF, ruleset, 0);
        } finally {
            Descriptors.close(ruleset);
        }
    }

    /// Every right over files that this version knows; one that is named nowhere is then refused everywhere.
    static long handled(int version) {
        int rights = switch (version) {
            case 1 -> 13;
            case 2 -> 14;
            case 3, 4 -> 15;
            default -> 16;
        };
        return (1L << rights) - 1;
    }

    private static int ruleset(int version) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ValueLayout.JAVA_LONG, 3);
            attributes.setAtIndex(ValueLayout.JAVA_LONG, 0, handled(version));
            // Binding and connecting over TCP.
            attributes.setAtIndex(ValueLayout.JAVA_LONG, 1, 0b11);
            // Abstract sockets of others, and signals to them.
            attributes.setAtIndex(ValueLayout.JAVA_LONG, 2, 0b11);
            return (int) Kernel.call(SystemCall.LANDLOCK_CREATE_RULESET, attributes.address(), size(version), 0);
        }
    }

    /// An older kernel takes only as much as it knows.
    private static long size(int version) {
        if (version < 4) {
            return Long.BYTES;
        }
        return version < 6 ? 2 * Long.BYTES : 3 * Long.BYTES;
    }

    private static void add(int ruleset, Rule rule, long handled) {
        long file = Descriptors.attemptToFind(rule.path);
        if (file < 0) {
            return;
        }
        try {
            long rights = rule.access.rights & handled;
            long result = attemptToAdd(ruleset, (int) file, rights);
            if (result == -KernelException.INVALID) {
                result = attemptToAdd(ruleset, (int) file, rights & OF_FILES);
            }
            if (result < 0) {
                throw new KernelException(SystemCall.LANDLOCK_ADD_RULE, (int) -result);
            }
        } finally {
            Descriptors.close((int) file);
        }
    }

    private static long attemptToAdd(int ruleset, int file, long rights) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment beneath = arena.allocate(ValueLayout.JAVA_LONG, 2);
            beneath.set(ValueLayout.JAVA_LONG, 0, rights);
            beneath.set(ValueLayout.JAVA_INT, Long.BYTES, file);
            return Kernel.attempt(SystemCall.LANDLOCK_ADD_RULE, ruleset, PATH_BENEATH, beneath.address(), 0);
        }
    }
}
