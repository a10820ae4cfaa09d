package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.linux.SeccompFilter;
import dev.firstpass.server.runtime.linux.SeccompFilter.Bits;
import dev.firstpass.server.runtime.linux.SeccompFilter.Refusal;
import dev.firstpass.server.runtime.linux.SeccompFilter.Rule;
import dev.firstpass.server.runtime.linux.SystemCall;
import dev.firstpass.server.runtime.linux.ThreadPriority;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The system calls that a worker has no use for. Java, ONNX Runtime, TensorFlow and OpenCV do not make them, or do well
/// without.
///
/// CUDA's library, as it starts, binds a local socket without a file (`@cuda-uvmfd-...`) and listens on it, so that other
/// processes can ask it for memory that they share; if it cannot, it does not start (said by the sandboxes of snapd and
/// of conduit-venus, who found out by tracing). A worker for a GPU may have that kind of socket, and may neither connect
/// it, nor accept, send or receive descriptors through it: what goes wrong then is sharing, which no engine here does. The
/// same library needs `memfd_create` (NVIDIA's OpenShell, issue 1696), which no worker is refused.
///
/// Pure functions.
final class WorkerFilters {
    /// To run other programs, and to make processes; threads are made by [#CLONE_THREAD].
    private static final Set<SystemCall> PROCESSES = EnumSet.of(SystemCall.FORK, SystemCall.VFORK);

    private static final Set<SystemCall> NETWORK = EnumSet.of(
            SystemCall.SOCKET,
            SystemCall.SOCKETPAIR,
            SystemCall.CONNECT,
            SystemCall.BIND,
            SystemCall.LISTEN,
            SystemCall.ACCEPT,
            SystemCall.ACCEPT4,
            SystemCall.SENDTO,
            SystemCall.SENDMSG,
            SystemCall.SENDMMSG);

    /// What reaches into other processes of the same user.
    private static final Set<SystemCall> OTHERS = EnumSet.of(
            SystemCall.KILL,
            SystemCall.TKILL,
            SystemCall.RT_SIGQUEUEINFO,
            SystemCall.RT_TGSIGQUEUEINFO,
            SystemCall.PIDFD_OPEN,
            SystemCall.PIDFD_SEND_SIGNAL,
            SystemCall.PIDFD_GETFD,
            SystemCall.PTRACE,
            SystemCall.PROCESS_VM_READV,
            SystemCall.PROCESS_VM_WRITEV,
            SystemCall.PROCESS_MADVISE,
            SystemCall.PROCESS_MRELEASE,
            SystemCall.KCMP,
            SystemCall.MOVE_PAGES,
            SystemCall.MIGRATE_PAGES,
            SystemCall.IOPRIO_SET,
            SystemCall.SCHED_SETSCHEDULER,
            SystemCall.SCHED_SETPARAM,
            SystemCall.SCHED_SETATTR,
            SystemCall.SCHED_SETAFFINITY,
            SystemCall.SHMGET,
            SystemCall.SHMAT,
            SystemCall.SHMCTL,
            SystemCall.MSGGET,
            SystemCall.MSGSND,
            SystemCall.MSGRCV,
            SystemCall.MSGCTL,
            SystemCall.SEMGET,
            SystemCall.SEMOP,
            SystemCall.SEMCTL,
            SystemCall.SEMTIMEDOP,
            SystemCall.MQ_OPEN,
            SystemCall.MQ_UNLINK);

    /// What changes files by their names and is no right of Landlock's, or not of each of its versions.
    private static final Set<SystemCall> NAMED_FILES = EnumSet.of(
            SystemCall.TRUNCATE,
            SystemCall.CHMOD,
            SystemCall.FCHMOD,
            SystemCall.FCHMODAT,
            SystemCall.CHOWN,
            SystemCall.LCHOWN,
            SystemCall.FCHOWN,
            SystemCall.FCHOWNAT,
            SystemCall.MKNOD,
            SystemCall.MKNODAT,
            SystemCall.SETXATTR,
            SystemCall.LSETXATTR,
            SystemCall.FSETXATTR,
            SystemCall.REMOVEXATTR,
            SystemCall.LREMOVEXATTR,
            SystemCall.FREMOVEXATTR,
            SystemCall.UTIME,
            SystemCall.UTIMES,
            SystemCall.FUTIMESAT,
            SystemCall.UTIMENSAT,
            SystemCall.NAME_TO_HANDLE_AT,
            SystemCall.OPEN_BY_HANDLE_AT);

    /// What changes the machine, where the worker is root's, and what opens much of the kernel to attack.
    private static final Set<SystemCall> MACHINE = EnumSet.of(
            SystemCall.MOUNT,
            SystemCall.UMOUNT2,
            SystemCall.PIVOT_ROOT,
            SystemCall.CHROOT,
            SystemCall.MOVE_MOUNT,
            SystemCall.OPEN_TREE,
            SystemCall.FSOPEN,
            SystemCall.FSMOUNT,
            SystemCall.FSPICK,
            SystemCall.FSCONFIG,
            SystemCall.MOUNT_SETATTR,
            SystemCall.UNSHARE,
            SystemCall.SETNS,
            SystemCall.BPF,
            SystemCall.PERF_EVENT_OPEN,
            SystemCall.USERFAULTFD,
            SystemCall.FANOTIFY_INIT,
            SystemCall.ADD_KEY,
            SystemCall.REQUEST_KEY,
            SystemCall.KEYCTL,
            SystemCall.INIT_MODULE,
            SystemCall.FINIT_MODULE,
            SystemCall.DELETE_MODULE,
            SystemCall.KEXEC_LOAD,
            SystemCall.KEXEC_FILE_LOAD,
            SystemCall.REBOOT,
            SystemCall.SWAPON,
            SystemCall.SWAPOFF,
            SystemCall.ACCT,
            SystemCall.QUOTACTL,
            SystemCall.QUOTACTL_FD,
            SystemCall.SETHOSTNAME,
            SystemCall.SETDOMAINNAME,
            SystemCall.SETTIMEOFDAY,
            SystemCall.CLOCK_SETTIME,
            SystemCall.CLOCK_ADJTIME,
            SystemCall.ADJTIMEX,
            SystemCall.SYSLOG,
            SystemCall.VHANGUP,
            SystemCall.IOPL,
            SystemCall.IOPERM,
            SystemCall.PERSONALITY,
            SystemCall.LOOKUP_DCOOKIE,
            SystemCall.SETUID,
            SystemCall.SETGID,
            SystemCall.SETREUID,
            SystemCall.SETREGID,
            SystemCall.SETRESUID,
            SystemCall.SETRESGID,
            SystemCall.SETFSUID,
            SystemCall.SETFSGID,
            SystemCall.SETGROUPS,
            SystemCall.CAPSET);

    /// To open, make, rename or remove a file, whatever Landlock lets be reached.
    private static final Set<SystemCall> FILES = EnumSet.of(
            SystemCall.OPEN,
            SystemCall.OPENAT,
            SystemCall.CREAT,
            SystemCall.MKDIR,
            SystemCall.MKDIRAT,
            SystemCall.RMDIR,
            SystemCall.UNLINK,
            SystemCall.UNLINKAT,
            SystemCall.RENAME,
            SystemCall.RENAMEAT,
            SystemCall.RENAMEAT2,
            SystemCall.LINK,
            SystemCall.LINKAT,
            SystemCall.SYMLINK,
            SystemCall.SYMLINKAT);

    /// What libraries try and do without: their arguments lie in memory, where a filter cannot look.
    private static final Set<SystemCall> UNREADABLE = EnumSet.of(
            SystemCall.CLONE3,
            SystemCall.OPENAT2,
            SystemCall.IO_URING_SETUP,
            SystemCall.IO_URING_ENTER,
            SystemCall.IO_URING_REGISTER);

    private static final int ALL_BITS = -1;
    private static final int CLONE_THREAD = 0x1_0000;
    /// O_ACCMODE and O_TRUNC, and a file that is opened to be read, and emptied: no right of Landlock's before version 3.
    private static final int HOW_OPENED = 0x3 | 0x200;

    private static final int READ_AND_EMPTY = 0x200;

    /// AF_UNIX, and SOCK_SEQPACKET with or without SOCK_CLOEXEC and SOCK_NONBLOCK.
    private static final List<Bits> LOCAL_SEQUENCES = List.of(new Bits(ALL_BITS, 1), new Bits(~0x8_0800, 5));

    /// F_SETOWN, F_SETSIG, F_SETOWN_EX: signals of a file's go to another process.
    private static final Set<Integer> SIGNALS_OF_FILES = Set.of(8, 10, 15);

    /// PR_SET_PDEATHSIG: so that a worker ends with its server whatever it does.
    private static final Set<Integer> DEATH_SIGNAL = Set.of(1);

    private WorkerFilters() {}

    /// For a process that has yet to become the worker: everything but that.
    ///
    /// @param pid its own, to which alone it may send signals, as a crash does
    /// @param device that it is to run models on
    static SeccompFilter beforeExec(long pid, Device device) {
        List<Rule> rules = new ArrayList<>();
        for (Set<SystemCall> calls : List.of(PROCESSES, network(device), OTHERS, NAMED_FILES, MACHINE)) {
            calls.forEach(call -> rules.add(new Rule.Never(call, Refusal.NOT_PERMITTED)));
        }
        if (device instanceof Device.Cuda) {
            rules.add(new Rule.OnlyWith(SystemCall.SOCKET, LOCAL_SEQUENCES));
        }
        UNREADABLE.forEach(call -> rules.add(new Rule.Never(call, Refusal.NO_SUCH_CALL)));
        rules.add(new Rule.OnlyIf(SystemCall.CLONE, 0, CLONE_THREAD, CLONE_THREAD));
        rules.add(new Rule.OnlyIf(SystemCall.TGKILL, 0, ALL_BITS, (int) pid));
        // A thread may become as unimportant as what is done in the background, by itself alone.
        rules.add(new Rule.OnlyAs(SystemCall.SETPRIORITY, ThreadPriority.loweringArguments(Background.NICENESS)));
        // Limits of this process alone.
        rules.add(new Rule.OnlyIf(SystemCall.PRLIMIT64, 0, ALL_BITS, 0));
        rules.add(new Rule.ExceptIf(SystemCall.OPEN, 1, HOW_OPENED, Set.of(READ_AND_EMPTY)));
        rules.add(new Rule.ExceptIf(SystemCall.OPENAT, 2, HOW_OPENED, Set.of(READ_AND_EMPTY)));
        rules.add(new Rule.ExceptIf(SystemCall.FCNTL, 1, ALL_BITS, SIGNALS_OF_FILES));
        return new SeccompFilter(rules);
    }

    /// Of a local socket only the name can be bound, for no rule of Landlock's lets a socket's file be made.
    private static Set<SystemCall> network(Device device) {
        return switch (device) {
            case Device.Cpu _ -> NETWORK;
            case Device.Cuda _ -> {
                Set<SystemCall> calls = EnumSet.copyOf(NETWORK);
                calls.removeAll(List.of(SystemCall.SOCKET, SystemCall.BIND, SystemCall.LISTEN));
                yield calls;
            }
        };
    }

    /// What the worker adds, on all of its threads, before it loads anything native.
    static SeccompFilter afterExec() {
        return new SeccompFilter(List.of(
                new Rule.Never(SystemCall.EXECVE, Refusal.NOT_PERMITTED),
                new Rule.Never(SystemCall.EXECVEAT, Refusal.NOT_PERMITTED),
                new Rule.ExceptIf(SystemCall.PRCTL, 0, ALL_BITS, DEATH_SIGNAL)));
    }

    /// What a worker adds that will need no file any more.
    static SeccompFilter sealing() {
        return new SeccompFilter(FILES.stream()
                .<Rule>map(call -> new Rule.Never(call, Refusal.NOT_PERMITTED))
                .toList());
    }
}
