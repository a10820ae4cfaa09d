package dev.firstpass.loadtest.overload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What must hold at and after overload, in virtual time.
final class VirtualOverloadTest {
    private static final VirtualOverload RUNS = new VirtualOverload(1, 6, 3);

    static Iterable<Phase> overloads() {
        return Phase.OVERLOADS;
    }

    @ParameterizedTest
    @MethodSource("overloads")
    void goodput_atOverload_isNineTenthsOfThePeakAtLeast_andNothingIsRunLate(Phase overload) {
        double peak = RUNS.peak();
        double goodput = RUNS.goodput(overload);
        assertTrue(goodput >= 0.9 * peak, () -> goodput + " a second, at most " + peak);
        assertEquals(0, RUNS.late(overload));
    }

    @ParameterizedTest
    @MethodSource("overloads")
    void service_afterOverload_isBackToNormalWithinFiveSeconds(Phase overload) {
        Recovery recovery = RUNS.recovery(overload);
        assertTrue(recovery.seconds().orElseThrow() <= Recovery.MOST_SECONDS, recovery::toString);
    }
}
