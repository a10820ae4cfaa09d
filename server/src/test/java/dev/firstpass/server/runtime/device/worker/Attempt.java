package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.RawCalls;
import dev.firstpass.server.runtime.linux.SystemCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongBiFunction;
import java.util.stream.Stream;

/// What code that has taken over a worker may try. Each gives what the kernel answers: negative for an error.
///
/// Pure functions, of what the kernel says.
enum Attempt {
    READ_A_FILE(true, (aims, arena) -> open(aims.secret(), 0, arena)),
    READ_BY_WAY_OF_ITS_ROOT(true, (aims, arena) -> open("/proc/self/root" + aims.secret(), 0, arena)),
    READ_BY_WAY_OF_A_LINK_OF_ITS_OWN(true, Attempt::linkAndRead),
    READ_THE_HOST_NAME(true, (_, arena) -> open("/etc/hostname", 0, arena)),
    READ_THE_USERS(true, (_, arena) -> open("/etc/passwd", 0, arena)),
    READ_THE_SERVERS_ENVIRONMENT(true, (aims, arena) -> open("/proc/" + aims.server() + "/environ", 0, arena)),
    READ_ITS_MODEL_EMPTYING_IT(false, (aims, arena) -> open(aims.model(), 0x200, arena)),
    WRITE_A_FILE(true, (aims, arena) -> open(aims.loot(), 0x1 | 0x40, arena)),
    WRITE_ITS_MODEL(false, (aims, arena) -> open(aims.model(), 0x1, arena)),
    WRITE_BESIDE_ITS_MODEL(false, (aims, arena) -> open(aims.model() + ".loot", 0x1 | 0x40, arena)),
    EMPTY_ITS_MODEL(false, (aims, arena) -> named(SystemCall.TRUNCATE, aims.model(), 0, arena)),
    CHANGE_A_FILES_MODE(
            true, (aims, arena) -> RawCalls.attempt(SystemCall.FCHMODAT, -100, text(aims.secret(), arena), 0777)),
    WRITE_THE_SERVERS_MEMORY(true, (aims, arena) -> open("/proc/" + aims.server() + "/mem", 0x2, arena)),
    READ_THE_SERVERS_MEMORY(
            false, (aims, _) -> RawCalls.attempt(SystemCall.PROCESS_VM_READV, aims.server(), 0, 0, 0, 0)),
    TRACE_THE_SERVER(false, (aims, _) -> RawCalls.attempt(SystemCall.PTRACE, 0x4206, aims.server(), 0, 0)),
    SIGNAL_THE_SERVER(true, (aims, _) -> RawCalls.attempt(SystemCall.KILL, aims.server(), 0)),
    SIGNAL_A_THREAD_OF_THE_SERVER(
            true, (aims, _) -> RawCalls.attempt(SystemCall.TGKILL, aims.server(), aims.server(), 0)),
    HOLD_THE_SERVER(true, (aims, _) -> RawCalls.attempt(SystemCall.PIDFD_OPEN, aims.server(), 0)),
    LIMIT_THE_SERVER(
            true,
            (aims, arena) -> RawCalls.attempt(
                    SystemCall.PRLIMIT64,
                    aims.server(),
                    7,
                    0,
                    arena.allocate(16).address())),
    HAVE_SIGNALS_SENT_TO_THE_SERVER(true, (aims, _) -> RawCalls.attempt(SystemCall.FCNTL, 0, 8, aims.server())),
    OUTLIVE_THE_SERVER(true, (_, _) -> RawCalls.attempt(SystemCall.PRCTL, 1, 0)),
    SLOW_A_PROCESS_DOWN(false, (_, _) -> RawCalls.attempt(SystemCall.SETPRIORITY, 0, Aims.NOBODY, 10)),
    SLOW_A_GROUP_DOWN(false, (_, _) -> RawCalls.attempt(SystemCall.SETPRIORITY, 1, Aims.NOBODY, 10)),
    SLOW_A_USER_DOWN(false, (_, _) -> RawCalls.attempt(SystemCall.SETPRIORITY, 2, Aims.NOBODY, 10)),
    BECOME_MORE_IMPORTANT(false, (_, _) -> RawCalls.attempt(SystemCall.SETPRIORITY, 0, 0, -1)),
    STAY_AS_IMPORTANT_AS_IT_IS(true, (_, _) -> RawCalls.attempt(SystemCall.SETPRIORITY, 0, 0, 0)),
    CONNECT(true, Attempt::connect),
    CONNECT_OVER_VERSION_6(true, (_, _) -> RawCalls.attempt(SystemCall.SOCKET, 10, 1, 0)),
    SEND_PACKETS(true, (_, _) -> RawCalls.attempt(SystemCall.SOCKET, 2, 2, 0)),
    TALK_TO_A_LOCAL_SERVICE(true, (_, _) -> RawCalls.attempt(SystemCall.SOCKET, 1, 1, 0)),
    BECOME_ANOTHER_PROGRAM(false, (aims, arena) -> RawCalls.attempt(SystemCall.EXECVE, text("/bin/true", arena), 0, 0)),
    BECOME_ANOTHER_PROGRAM_BY_DESCRIPTOR(
            false, (aims, arena) -> RawCalls.attempt(SystemCall.EXECVEAT, -100, text("/bin/true", arena), 0, 0, 0)),
    FORK(false, (_, _) -> RawCalls.attempt(SystemCall.CLONE, 17, 0, 0, 0, 0)),
    FORK_THE_OLD_WAY(false, (_, _) -> RawCalls.attempt(SystemCall.FORK)),
    FORK_THE_NEW_WAY(
            false,
            (_, arena) -> RawCalls.attempt(SystemCall.CLONE3, arena.allocate(88).address(), 0)),
    GO_ROUND_BY_IO_URING(
            false,
            (_, arena) -> RawCalls.attempt(
                    SystemCall.IO_URING_SETUP, 1, arena.allocate(120).address())),
    OPEN_THE_NEW_WAY(
            false,
            (aims, arena) -> RawCalls.attempt(
                    SystemCall.OPENAT2,
                    -100,
                    text(aims.secret(), arena),
                    arena.allocate(24).address(),
                    24)),
    LOAD_A_PROGRAM_INTO_THE_KERNEL(
            false,
            (_, arena) -> RawCalls.attempt(SystemCall.BPF, 0, arena.allocate(48).address(), 48)),
    MOUNT(
            false,
            (_, arena) -> RawCalls.attempt(
                    SystemCall.MOUNT, text("none", arena), text("/mnt", arena), text("tmpfs", arena), 0, 0)),
    LEAVE_ITS_NAMESPACES(false, (_, _) -> RawCalls.attempt(SystemCall.UNSHARE, 0x1000_0000)),
    SHARE_MEMORY_BY_NUMBER(true, (_, _) -> RawCalls.attempt(SystemCall.SHMGET, 4711, 4096, 0x200 | 0600)),
    READ_BY_WAY_OF_A_THREADS_ROOT(true, (aims, arena) -> open(thread() + "/root" + aims.secret(), 0, arena)),
    NAME_A_THREAD(true, (_, arena) -> open(thread() + "/comm", 0x2, arena)),
    EMPTY_A_THREADS_NAME(true, (_, arena) -> named(SystemCall.TRUNCATE, thread() + "/comm", 0, arena)),
    SPARE_ITSELF_WHEN_MEMORY_IS_SHORT(true, (_, arena) -> open("/proc/self/oom_score_adj", 0x2, arena)),
    CONTROL_A_DEVICE(false, (_, arena) -> control("/dev/full", 0x2, arena)),
    CONTROL_A_DEVICE_THAT_IT_MAY_READ(false, (_, arena) -> control("/dev/zero", 0, arena)),
    WRITE_A_DEVICE_THAT_IT_MAY_READ(true, (_, arena) -> open("/dev/zero", 0x2, arena)),
    LISTEN_WITHOUT_A_FILE(true, (_, arena) -> Local.listen(arena, "\0firstpass-test")),
    LISTEN_BY_A_FILE(true, (aims, arena) -> Local.listen(arena, aims.temp() + "/socket")),
    TALK_IN_SEQUENCE_TO_A_LOCAL_SERVICE(false, (_, arena) -> Local.connect(arena, "\0firstpass-nobody")),
    WAIT_FOR_A_CALLER(false, (_, arena) -> Local.accept(arena, "\0firstpass-waiting")),
    PAIR_SOCKETS(
            true,
            (_, arena) -> RawCalls.attempt(
                    SystemCall.SOCKETPAIR, 1, 5, 0, arena.allocate(8).address()));

    /// Sockets of this machine's own kind, with messages that keep their bounds (AF_UNIX, SOCK_SEQPACKET).
    private static final class Local {
        private static final int NAME_AT = 2;

        static long listen(Arena arena, String name) {
            return with(socket -> listen(arena, name, socket));
        }

        static long connect(Arena arena, String name) {
            return with(socket -> named(SystemCall.CONNECT, socket, name, arena));
        }

        /// Without waiting: EAGAIN where it may.
        static long accept(Arena arena, String name) {
            return with(socket -> {
                long listening = listen(arena, name, socket);
                return listening < 0 ? listening : RawCalls.attempt(SystemCall.ACCEPT4, socket, 0, 0, 0);
            });
        }

        private static long listen(Arena arena, String name, long socket) {
            long bound = named(SystemCall.BIND, socket, name, arena);
            return bound < 0 ? bound : RawCalls.attempt(SystemCall.LISTEN, socket, 1);
        }

        private static long named(SystemCall call, long socket, String name, Arena arena) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            MemorySegment address = arena.allocate(NAME_AT + bytes.length + 1L);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
            MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, NAME_AT, bytes.length);
            return RawCalls.attempt(call, socket, address.address(), NAME_AT + bytes.length);
        }

        private static long with(LongUnaryOperator deed) {
            long socket = RawCalls.attempt(SystemCall.SOCKET, 1, 0x800 | 5, 0);
            if (socket < 0) {
                return socket;
            }
            long result = deed.applyAsLong(socket);
            RawCalls.attempt(SystemCall.CLOSE, socket);
            return result;
        }
    }

    /// Where it aims at.
    record Aims(String secret, String loot, String model, String temp, long server, int port) {
        /// No process, group or user has this number: what is let through finds nothing, and says so. With a number that
        /// there is, root would slow down the whole machine.
        static final long NOBODY = 0x3fff_ffff;
    }

    private final boolean control;

    @SuppressWarnings("ImmutableEnumChecker") // all of them are method references and lambdas without state
    private final ToLongBiFunction<Aims, Arena> deed;

    /// @param control whether it works without walls and does no harm then
    Attempt(boolean control, ToLongBiFunction<Aims, Arena> deed) {
        this.control = control;
        this.deed = deed;
    }

    boolean isControl() {
        return control;
    }

    long make(Aims aims) {
        try (Arena arena = Arena.ofConfined()) {
            return deed.applyAsLong(aims, arena);
        }
    }

    private static long text(String text, Arena arena) {
        return arena.allocateFrom(text).address();
    }

    private static long named(SystemCall call, String path, long argument, Arena arena) {
        return RawCalls.attempt(call, text(path, arena), argument);
    }

    private static long open(String path, long flags, Arena arena) {
        long file = RawCalls.attempt(SystemCall.OPENAT, -100, text(path, arena), flags, 0600);
        if (file >= 0) {
            RawCalls.attempt(SystemCall.CLOSE, file);
        }
        return file;
    }

    private static String thread() {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.toList().getLast().toString();
        } catch (IOException | UncheckedIOException _) {
            // Of the thread that the process began with.
            return "/proc/self/task/" + ProcessHandle.current().pid();
        }
    }

    /// TCGETS, which no such device knows: ENOTTY where it is let through.
    private static long control(String path, long flags, Arena arena) {
        long file = RawCalls.attempt(SystemCall.OPENAT, -100, text(path, arena), flags, 0);
        if (file < 0) {
            return file;
        }
        long result = RawCalls.attempt(
                SystemCall.IOCTL, file, 0x5401, arena.allocate(64).address());
        RawCalls.attempt(SystemCall.CLOSE, file);
        return result;
    }

    private static long linkAndRead(Aims aims, Arena arena) {
        String link = aims.temp() + "/link";
        try {
            Files.deleteIfExists(Path.of(link));
            Files.createSymbolicLink(Path.of(link), Path.of(aims.secret()));
        } catch (IOException _) {
            return -1;
        }
        return open(link, 0, arena);
    }

    private static long connect(Aims aims, Arena arena) {
        long socket = RawCalls.attempt(SystemCall.SOCKET, 2, 1, 0);
        if (socket < 0) {
            return socket;
        }
        MemorySegment address = arena.allocate(16);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) 2);
        address.set(ValueLayout.JAVA_BYTE, 2, (byte) (aims.port() >> 8));
        address.set(ValueLayout.JAVA_BYTE, 3, (byte) aims.port());
        address.set(ValueLayout.JAVA_BYTE, 4, (byte) 127);
        address.set(ValueLayout.JAVA_BYTE, 7, (byte) 1);
        long result = RawCalls.attempt(SystemCall.CONNECT, socket, address.address(), 16);
        RawCalls.attempt(SystemCall.CLOSE, socket);
        return result;
    }
}
