package dev.firstpass.loadtest.overload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What counts as back to normal, by servers that are made up.
final class RecoveryTest {
    private static final double END = Recovery.USUAL_SECONDS + Recovery.OVERLOAD_SECONDS;
    private static final long[] ARRIVALS = Recovery.arrivals(120, 850, 1);

    @Test
    void arrivals_areTheUsualRateAroundTheOverload() {
        assertEquals(120, rate(0, Recovery.USUAL_SECONDS), 15);
        assertEquals(850, rate(Recovery.USUAL_SECONDS, END), 50);
        assertEquals(120, rate(END, END + Recovery.AFTER_SECONDS), 15);
        assertEquals(
                Arrays.stream(ARRIVALS).sorted().boxed().toList(),
                Arrays.stream(ARRIVALS).boxed().toList());
    }

    @Test
    void serverThatNoticesNothing_isBackAtOnce() {
        assertEquals(OptionalDouble.of(0), back(_ -> 20.0));
    }

    @Test
    void serverThatIsSlowForAWhile_isBackWhenItIsNot() {
        assertEquals(OptionalDouble.of(3), back(after -> after > 0 && after < 3 ? 40.0 : 20.0));
    }

    @Test
    void serverThatIsSlowOnceMoreLater_isBackAfterThat() {
        assertEquals(OptionalDouble.of(7), back(after -> after > 6 && after < 7 ? 40.0 : 20.0));
    }

    @Test
    void serverThatStaysSlow_isNeverBack() {
        assertEquals(OptionalDouble.of(Double.NaN), back(after -> after > 0 ? 40.0 : 20.0));
    }

    @Test
    void serverThatAnswersSome_isNotBackUntilItAnswersAll() {
        Recovery recovery = Recovery.NOTHING.with(
                ARRIVALS,
                served(_ -> 20.0)
                        .filter(one -> one.dueNanos() < END * 1e9
                                || one.dueNanos() > (END + 2) * 1e9
                                || one.dueNanos() % 10 != 0)
                        .toList());
        assertEquals(OptionalDouble.of(2), recovery.seconds());
    }

    @Test
    void serverThatNeverRan_hasNoFigure() {
        assertEquals(OptionalDouble.empty(), Recovery.NOTHING.seconds());
    }

    private static double rate(double from, double until) {
        return Arrays.stream(ARRIVALS)
                        .filter(nanos -> nanos >= from * 1e9 && nanos < until * 1e9)
                        .count()
                / (until - from);
    }

    /// @param millis latency, by the seconds since the overload ended
    private static OptionalDouble back(DoubleUnaryOperator millis) {
        return Recovery.NOTHING.with(ARRIVALS, served(millis).toList()).seconds();
    }

    private static Stream<Served> served(DoubleUnaryOperator millis) {
        return Arrays.stream(ARRIVALS)
                .mapToObj(nanos -> new Served(nanos, (long) (millis.applyAsDouble(nanos / 1e9 - END) * 1e6), true));
    }
}
