package dev.firstpass.server.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.runtime.linux.SeccompFilter.Bits;
import dev.firstpass.server.runtime.linux.SeccompFilter.Refusal;
import dev.firstpass.server.runtime.linux.SeccompFilter.Rule;
import dev.firstpass.server.runtime.linux.SeccompFilter.Step;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a filter's program says to calls, as the kernel would run it.
final class SeccompFilterTest {
    private static final int NOT_PERMITTED = SeccompFilter.ERROR | 1;
    private static final int NO_SUCH_CALL = SeccompFilter.ERROR | 38;

    private final SeccompFilter filter = new SeccompFilter(List.of(
            new Rule.Never(SystemCall.CONNECT, Refusal.NOT_PERMITTED),
            new Rule.Never(SystemCall.CLONE3, Refusal.NO_SUCH_CALL),
            new Rule.Never(SystemCall.FORK, Refusal.NOT_PERMITTED),
            new Rule.OnlyIf(SystemCall.CLONE, 0, 0x1_0000, 0x1_0000),
            new Rule.OnlyAs(SystemCall.SETPRIORITY, List.of(0, 7)),
            new Rule.OnlyWith(SystemCall.SOCKET, List.of(new Bits(-1, 1), new Bits(~0x8_0800, 5))),
            new Rule.ExceptIf(SystemCall.FCNTL, 1, -1, Set.of(8, 10, 15))));

    @ParameterizedTest
    @EnumSource
    void call_withoutARule_isLetThrough(Processor processor) {
        assertEquals(SeccompFilter.ALLOW, verdict(processor, SystemCall.WRITE, 0, 0));
    }

    @ParameterizedTest
    @EnumSource
    void call_thatIsRefused_failsAsItsRuleSays(Processor processor) {
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.CONNECT, 0, 0));
        assertEquals(NO_SUCH_CALL, verdict(processor, SystemCall.CLONE3, 0, 0));
    }

    @ParameterizedTest
    @EnumSource
    void call_allowedForOneValue_isJudgedByTheBitsOfTheMask(Processor processor) {
        assertEquals(SeccompFilter.ALLOW, verdict(processor, SystemCall.CLONE, 0x3d_0f00, 0));
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.CLONE, 17, 0));
    }

    @ParameterizedTest
    @EnumSource
    void call_allowedForOneSetOfArguments_isRefusedIfAnyDiffers(Processor processor) {
        assertEquals(SeccompFilter.ALLOW, verdict(processor, SystemCall.SETPRIORITY, 0, 7));
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.SETPRIORITY, 1, 7));
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.SETPRIORITY, 0, 6));
    }

    @ParameterizedTest
    @EnumSource
    void call_allowedForBitsOfItsArguments_isRefusedIfOthersDiffer(Processor processor) {
        assertEquals(SeccompFilter.ALLOW, verdict(processor, SystemCall.SOCKET, 1, 5));
        assertEquals(SeccompFilter.ALLOW, verdict(processor, SystemCall.SOCKET, 1, 0x8_0800 | 5));
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.SOCKET, 2, 5));
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.SOCKET, 1, 1));
        assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.SOCKET, 1, 0x1_0005));
    }

    @ParameterizedTest
    @EnumSource
    void call_refusedForSomeValues_isLetThroughWithOthers(Processor processor) {
        for (int value : List.of(8, 10, 15)) {
            assertEquals(NOT_PERMITTED, verdict(processor, SystemCall.FCNTL, 3, value));
        }
        assertEquals(SeccompFilter.ALLOW, verdict(processor, SystemCall.FCNTL, 8, 2));
    }

    @ParameterizedTest
    @EnumSource
    void call_newerThanAllKnown_doesNotExist(Processor processor) {
        assertEquals(
                SeccompFilter.ALLOW, verdict(processor, processor.auditArchitecture(), Processor.NEWEST_CALL, 0, 0));
        assertEquals(NO_SUCH_CALL, verdict(processor, processor.auditArchitecture(), Processor.NEWEST_CALL + 1, 0, 0));
    }

    /// The 32-bit numbering that x86-64 kernels have too: the same calls with one more bit.
    @Test
    void call_numberedForTheShortPointersOfX86_doesNotExist() {
        assertEquals(
                NO_SUCH_CALL,
                verdict(
                        Processor.X86_64,
                        Processor.X86_64.auditArchitecture(),
                        0x4000_0000 | SystemCall.WRITE.number(Processor.X86_64),
                        0,
                        0));
    }

    @Test
    void call_numberedForAnotherProcessor_endsTheProcess() {
        assertEquals(SeccompFilter.KILL, verdict(Processor.X86_64, 0x4000_0003, 4, 0, 0));
    }

    @Test
    void program_leavesOutWhatTheProcessorDoesNotHave() {
        assertTrue(filter.program(Processor.AARCH64).size()
                < filter.program(Processor.X86_64).size());
    }

    @Test
    void rules_twoForOneCall_areRefused() {
        Rule rule = new Rule.Never(SystemCall.CONNECT, Refusal.NOT_PERMITTED);

        assertThrows(IllegalArgumentException.class, () -> new SeccompFilter(List.of(rule, rule)));
    }

    private int verdict(Processor processor, SystemCall call, int first, int second) {
        return verdict(processor, processor.auditArchitecture(), call.number(processor), first, second);
    }

    /// Runs the program.
    private int verdict(Processor processor, int architecture, int number, int first, int second) {
        List<Step> steps = filter.program(processor);
        int accumulator = 0;
        int at = 0;
        while (true) {
            Step step = steps.get(at);
            at++;
            switch (step.code()) {
                case SeccompFilter.LOAD ->
                    accumulator = switch (step.value()) {
                        case SeccompFilter.CALL_AT -> number;
                        case SeccompFilter.PROCESSOR_AT -> architecture;
                        case SeccompFilter.ARGUMENTS_AT -> first;
                        case SeccompFilter.ARGUMENTS_AT + 8 -> second;
                        default -> throw new AssertionError("loads from " + step.value());
                    };
                case SeccompFilter.AND -> accumulator &= step.value();
                case SeccompFilter.IF_EQUAL -> at += accumulator == step.value() ? step.ifTrue() : step.ifFalse();
                case SeccompFilter.IF_GREATER ->
                    at += Integer.compareUnsigned(accumulator, step.value()) > 0 ? step.ifTrue() : step.ifFalse();
                case SeccompFilter.RETURN -> {
                    return step.value();
                }
                default -> throw new AssertionError("instruction " + step.code());
            }
        }
    }
}
