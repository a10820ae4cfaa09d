package dev.firstpass.server.runtime.supervision;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// When a process is to blame for inputs that fail.
final class FailingInputsTest {
    private final FailingInputs failing = new FailingInputs();

    @Test
    void failed_fiveTimesInARowAfterAGoodRun_blamesTheProcess() {
        failing.worked();
        assertFalse(fail(1, 2, 3, 4));
        assertTrue(fail(5));
        assertTrue(fail(6), "until something is done about it");
    }

    @Test
    void failed_fromTheFirstRunOn_blamesNobody() {
        assertFalse(fail(1, 2, 3, 4, 5, 6, 7));
    }

    @Test
    void failed_withAGoodRunAmongThem_blamesNobody() {
        failing.worked();
        assertFalse(fail(1, 2, 3, 4));
        failing.worked();
        assertFalse(fail(5, 6, 7, 8));
    }

    @Test
    void failed_onTheSameInputTimeAfterTime_countsOnce() {
        failing.worked();
        assertFalse(fail(1, 2, 3, 4, 4, 4, 1, 2));
        assertTrue(fail(5));
    }

    @Test
    void failed_inANewProcessAsWell_blamesItOnlyOnceItHasWorked() {
        failing.worked();
        assertTrue(fail(1, 2, 3, 4, 5));
        failing.renewed();
        assertFalse(fail(6, 7, 8, 9, 10, 11));
        failing.worked();
        assertTrue(fail(1, 2, 3, 4, 5));
    }

    /// @return what the last one was answered
    private boolean fail(int... inputs) {
        boolean blamed = false;
        for (int input : inputs) {
            blamed = failing.failed(new Quarantine.Key.OfVersion(Integer.toString(input), "version"));
        }
        return blamed;
    }
}
