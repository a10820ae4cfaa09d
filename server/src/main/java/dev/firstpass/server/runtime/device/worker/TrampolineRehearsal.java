package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.server.runtime.linux.Exec;
import dev.firstpass.server.runtime.linux.Landlock;
import dev.firstpass.server.runtime.linux.Landlock.Access;
import dev.firstpass.server.runtime.linux.ParentProcess;
import java.util.List;

/// Everything that [Trampoline] does except becoming a worker, so that Java learns which classes it needs.
///
/// For one thread.
public final class TrampolineRehearsal {
    private TrampolineRehearsal() {}

    public static void main(String[] arguments) {
        boolean _ = ParentProcess.dieWith(
                ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L));
        // With all files in reach, for Java to write what it has learned.
        String _ = Trampoline.wallIn(
                List.of(Trampoline.argument(new Landlock.Rule("/", Access.WRITE))), DeviceArgument.device("cpu"));
        RuntimeException _ = Exec.become(List.of("/"), System.getenv());
    }
}
