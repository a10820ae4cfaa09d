package dev.firstpass.server.runtime.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// System calls that a process refuses itself, for ever: a program for the kernel, which runs it before each call.
///
/// Calls of other processors' numbering end the process; calls that are newer than what is known here do not exist for
/// it. All else that no rule speaks of is let through.
///
/// Immutable.
public final class SeccompFilter {
    private static final int ENTRY_BYTES = 8;

    // Instructions: BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K, BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGT|BPF_K,
    // BPF_RET|BPF_K.
    static final int LOAD = 0x20;
    static final int AND = 0x54;
    static final int IF_EQUAL = 0x15;
    static final int IF_GREATER = 0x25;
    static final int RETURN = 0x06;

    // Where they find what: struct seccomp_data.
    static final int CALL_AT = 0;
    static final int PROCESSOR_AT = 4;
    static final int ARGUMENTS_AT = 16;

    // SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO.
    static final int KILL = 0x8000_0000;
    static final int ALLOW = 0x7fff_0000;
    static final int ERROR = 0x0005_0000;

    /// SECCOMP_SET_MODE_FILTER.
    private static final long SET_FILTER = 1;

    /// SECCOMP_FILTER_FLAG_TSYNC.
    private static final long ALL_THREADS = 1;

    /// How a call fails that is refused.
    public enum Refusal {
        /// EPERM.
        NOT_PERMITTED(1),
        /// ENOSYS: the caller tries it another way.
        NO_SUCH_CALL(KernelException.NO_SUCH_CALL);

        private final int error;

        Refusal(int error) {
            this.error = error;
        }
    }

    /// What is to become of one call; there is one rule for each at most.
    public sealed interface Rule {
        SystemCall call();

        /// It fails, whatever it is called with.
        record Never(SystemCall call, Refusal refusal) implements Rule {}

        /// It fails, except where an argument has this value.
        ///
        /// @param argument which, from 0; its lower 32 bits count
        /// @param mask of the bits that are compared
        record OnlyIf(SystemCall call, int argument, int mask, int value) implements Rule {}

        /// It fails, except where its first arguments have these values.
        ///
        /// @param values of the arguments from 0 on; their lower 32 bits count
        record OnlyAs(SystemCall call, List<Integer> values) implements Rule {
            public OnlyAs {
                values = List.copyOf(values);
            }
        }

        /// It fails, except where certain bits of its first arguments have these values.
        ///
        /// @param arguments from 0 on
        record OnlyWith(SystemCall call, List<Bits> arguments) implements Rule {
            public OnlyWith {
                arguments = List.copyOf(arguments);
            }
        }

        /// It fails where an argument has one of these values.
        ///
        /// @param argument which, from 0; its lower 32 bits count
        /// @param mask of the bits that are compared
        record ExceptIf(SystemCall call, int argument, int mask, Set<Integer> values) implements Rule {}
    }

    /// Bits of an argument, of its lower 32.
    ///
    /// @param mask of those that are compared
    public record Bits(int mask, int value) {}

    /// One instruction.
    ///
    /// @param ifTrue instructions to leave out after a comparison that holds
    /// @param ifFalse and after one that does not
    record Step(int code, int ifTrue, int ifFalse, int value) {}

    private final List<Rule> rules;

    public SeccompFilter(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        if (rules.stream().map(Rule::call).distinct().count() < rules.size()) {
            throw new IllegalArgumentException("rules: two for one call (expected: one)");
        }
    }

    /// This thread, and all that comes of it, is under it from now on.
    ///
    /// @throws KernelException if the kernel has no such filters
    public void install() {
        install(0);
    }

    /// All threads of this process are.
    ///
    /// @throws KernelException if the kernel has no such filters
    public void installOnAllThreads() {
        install(ALL_THREADS);
    }

    private void install(long flags) {
        Processor processor = Processor.current()
                .orElseThrow(() -> new KernelException(SystemCall.SECCOMP, KernelException.NO_SUCH_CALL));
        List<Step> steps = program(processor);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate((long) steps.size() * ENTRY_BYTES, Long.BYTES);
            for (int i = 0; i < steps.size(); i++) {
                write(steps.get(i), program.asSlice((long) i * ENTRY_BYTES, ENTRY_BYTES));
            }
            MemorySegment header = arena.allocate(ValueLayout.JAVA_LONG, 2);
            header.set(ValueLayout.JAVA_SHORT, 0, (short) steps.size());
            header.set(ValueLayout.ADDRESS, Long.BYTES, program);
            Kernel.call(SystemCall.SECCOMP, SET_FILTER, flags, header.address());
        }
    }

    private static void write(Step step, MemorySegment entry) {
        entry.set(ValueLayout.JAVA_SHORT, 0, (short) step.code);
        entry.set(ValueLayout.JAVA_BYTE, 2, (byte) step.ifTrue);
        entry.set(ValueLayout.JAVA_BYTE, 3, (byte) step.ifFalse);
        entry.set(ValueLayout.JAVA_INT, 4, step.value);
    }

    List<Step> program(Processor processor) {
        List<Step> steps = new ArrayList<>();
        steps.add(load(PROCESSOR_AT));
        steps.add(new Step(IF_EQUAL, 1, 0, processor.auditArchitecture()));
        steps.add(new Step(RETURN, 0, 0, KILL));
        steps.add(load(CALL_AT));
        steps.add(new Step(IF_GREATER, 0, 1, Processor.NEWEST_CALL));
        steps.add(refuse(Refusal.NO_SUCH_CALL));
        for (Rule rule : rules) {
            if (rule.call().existsOn(processor)) {
                List<Step> verdict = verdict(rule);
                steps.add(new Step(IF_EQUAL, 0, verdict.size(), rule.call().number(processor)));
                steps.addAll(verdict);
            }
        }
        steps.add(new Step(RETURN, 0, 0, ALLOW));
        return steps;
    }

    private static List<Step> verdict(Rule rule) {
        return switch (rule) {
            case Rule.Never never -> List.of(refuse(never.refusal));
            case Rule.OnlyIf only ->
                List.of(
                        load(ARGUMENTS_AT + only.argument * Long.BYTES),
                        new Step(AND, 0, 0, only.mask),
                        new Step(IF_EQUAL, 0, 1, only.value),
                        new Step(RETURN, 0, 0, ALLOW),
                        refuse(Refusal.NOT_PERMITTED));
            case Rule.OnlyAs only -> {
                List<Step> steps = new ArrayList<>();
                for (int argument = 0; argument < only.values.size(); argument++) {
                    steps.add(load(ARGUMENTS_AT + argument * Long.BYTES));
                    steps.add(new Step(IF_EQUAL, 1, 0, only.values.get(argument)));
                    steps.add(refuse(Refusal.NOT_PERMITTED));
                }
                steps.add(new Step(RETURN, 0, 0, ALLOW));
                yield steps;
            }
            case Rule.OnlyWith only -> {
                List<Step> steps = new ArrayList<>();
                for (int argument = 0; argument < only.arguments.size(); argument++) {
                    Bits bits = only.arguments.get(argument);
                    steps.add(load(ARGUMENTS_AT + argument * Long.BYTES));
                    steps.add(new Step(AND, 0, 0, bits.mask));
                    steps.add(new Step(IF_EQUAL, 1, 0, bits.value));
                    steps.add(refuse(Refusal.NOT_PERMITTED));
                }
                steps.add(new Step(RETURN, 0, 0, ALLOW));
                yield steps;
            }
            case Rule.ExceptIf except -> {
                List<Step> steps = new ArrayList<>();
                steps.add(load(ARGUMENTS_AT + except.argument * Long.BYTES));
                steps.add(new Step(AND, 0, 0, except.mask));
                for (int value : except.values) {
                    steps.add(new Step(IF_EQUAL, 0, 1, value));
                    steps.add(refuse(Refusal.NOT_PERMITTED));
                }
                steps.add(new Step(RETURN, 0, 0, ALLOW));
                yield steps;
            }
        };
    }

    private static Step load(int at) {
        return new Step(LOAD, 0, 0, at);
    }

    private static Step refuse(Refusal refusal) {
        return new Step(RETURN, 0, 0, ERROR | refusal.error);
    }
}
