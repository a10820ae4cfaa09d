package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.linux.Descriptors;
import dev.firstpass.server.runtime.linux.Exec;
import dev.firstpass.server.runtime.linux.KernelException;
import dev.firstpass.server.runtime.linux.Landlock;
import dev.firstpass.server.runtime.linux.Landlock.Access;
import dev.firstpass.server.runtime.linux.ParentProcess;
import dev.firstpass.server.runtime.linux.Privileges;
import java.util.ArrayList;
import java.util.List;

/// What a worker process is first: it walls itself in and then becomes the worker. Landlock holds for the thread that
/// calls it and what comes of it; the threads that Java starts before `main` would stay outside. After it has become
/// another program there is no thread that is older than the walls.
///
/// A wall that this kernel does not have is left out, and the worker says so; what that means the server decides, before
/// it gives the worker anything.
///
/// For one thread.
public final class Trampoline {
    /// Between the rules, the command and the worker's arguments.
    static final String END = "--";

    private static final int PARENT_IS_GONE = 3;
    private static final int NO_WORKER = 4;

    private Trampoline() {}

    /// @param arguments what the worker may reach, as [#argument] writes it, or nothing for no walls; [#END]; the command that runs [WorkerMain];
    ///     [#END]; its arguments, with paths where it gets descriptors
    public static void main(String[] arguments) {
        List<String> all = List.of(arguments);
        int command = all.indexOf(END) + 1;
        int worker = all.lastIndexOf(END) + 1;
        List<String> own = new ArrayList<>(all.subList(worker, all.size()));
        if (!ParentProcess.dieWith(Long.parseLong(own.get(0)))) {
            Runtime.getRuntime().halt(PARENT_IS_GONE);
        }
        // Landlock keeps a process from looking into those outside, so these are opened before.
        int slab = Descriptors.open(own.get(1));
        int channel = Descriptors.open(own.get(3));
        Device device = DeviceArgument.device(own.get(WorkerMain.DEVICE));
        int[] kept = kept(device, slab, channel);
        own.set(1, Integer.toString(slab));
        own.set(3, Integer.toString(channel));
        own.add(wallIn(all.subList(0, command - 1), device));
        Descriptors.keepOnly(kept);
        List<String> next = new ArrayList<>(all.subList(command, worker - 1));
        next.addAll(own);
        KernelException failure = Exec.become(next, System.getenv());
        System.err.println("the worker cannot be started: " + failure.getMessage());
        Runtime.getRuntime().halt(NO_WORKER);
    }

    /// A rule of Landlock's holds for a folder of /proc as long as the kernel keeps that very one in memory. So a worker that
    /// may name its threads holds on to their folder.
    private static int[] kept(Device device, int slab, int channel) {
        return switch (device) {
            case Device.Cpu _ -> new int[] {slab, channel};
            case Device.Cuda _ -> new int[] {slab, channel, Descriptors.hold(CudaView.THREADS)};
        };
    }

    /// @return what could not be done of it, in words; empty if nothing
    static String wallIn(List<String> rules, Device device) {
        if (rules.isEmpty()) {
            return "it was not to be";
        }
        try {
            Privileges.giveUp();
            Landlock.restrict(rules.stream().map(Trampoline::rule).toList());
        } catch (KernelException e) {
            return "Landlock: " + e.getMessage() + " (expected: Linux 5.13 or later with Landlock switched on)";
        }
        try {
            WorkerFilters.beforeExec(ProcessHandle.current().pid(), device).install();
            return "";
        } catch (KernelException e) {
            return "seccomp: " + e.getMessage() + " (expected: a kernel with seccomp filters, on x86-64 or aarch64)";
        }
    }

    static String argument(Landlock.Rule rule) {
        return rule.access().name().charAt(0) + rule.path();
    }

    private static Landlock.Rule rule(String argument) {
        Access access = switch (argument.charAt(0)) {
            case 'W' -> Access.WRITE;
            case 'E' -> Access.EXECUTE;
            case 'U' -> Access.UPDATE;
            case 'D' -> Access.DEVICE;
            default -> Access.READ;
        };
        return new Landlock.Rule(argument.substring(1), access);
    }
}
