package dev.firstpass.loadtest.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RuleTest {
    /// The 95th percentile of the made-up latencies is at 228 ms.
    private static final Rule RULE = new Rule(List.of(new Objective(95, 300)), 1.15, 0.01);

    @Test
    void candidate_thatIsAlike_passes() {
        Judgement judgement = RULE.judge(pairs(1.0), 1);
        assertEquals(Verdict.PASS, judgement.verdict(), judgement::toString);
        assertEquals(3, judgement.findings().size());
        assertEquals("", judgement.why());
    }

    @Test
    void candidate_thatIsHalfAsSlowAgain_fails() {
        Judgement judgement = RULE.judge(pairs(1.5), 1);
        assertEquals(Verdict.FAIL, judgement.verdict(), judgement::toString);
        assertEquals("the candidate exceeds a limit", judgement.why());
    }

    @Test
    void candidate_nearALimit_isUndecided() {
        Judgement judgement = RULE.judge(pairs(1.15), 1);
        assertEquals(Verdict.UNDECIDED, judgement.verdict(), judgement::toString);
        assertTrue(judgement.why().contains("--seconds"), judgement.why());
    }

    @Test
    void candidate_withManyErrors_fails() {
        assertEquals(
                Verdict.FAIL, RULE.judge(Blocks.withErrors(pairs(1), 0, 4), 1).verdict());
        assertEquals(
                Verdict.PASS, RULE.judge(Blocks.withErrors(pairs(1), 4, 4), 1).verdict());
    }

    /// One that answers nothing has no latency to speak of, and fails for that.
    @Test
    void candidate_thatAnswersNothing_fails() {
        List<Pair> dead = pairs(1).stream()
                .map(pair -> new Pair(pair.stable(), new Block(new double[0], 100)))
                .toList();
        assertEquals(Verdict.FAIL, RULE.judge(dead, 1).verdict());
    }

    @Test
    void stableVersion_thatFailsItself_decidesNothing() {
        Judgement judgement = RULE.judge(Blocks.withErrors(pairs(1), 40, 60), 1);
        assertEquals(Verdict.UNDECIDED, judgement.verdict());
        assertTrue(judgement.why().contains("overloaded"), judgement.why());
    }

    @Test
    void stableVersion_thatMissesTheObjective_isNamed() {
        Judgement judgement = new Rule(List.of(new Objective(95, 100)), 2, 0.01).judge(pairs(1), 1);
        assertEquals(Verdict.FAIL, judgement.verdict());
        assertTrue(judgement.why().contains("stable version misses p95 as well"), judgement.why());
    }

    @Test
    void tooLittleData_isUndecidedAndSaysWhatIsMissing() {
        Judgement few = RULE.judge(pairs(1).subList(0, 7), 1);
        assertEquals(Verdict.UNDECIDED, few.verdict());
        assertTrue(few.why().contains("only 7 pairs"), few.why());
        Judgement rare = RULE.judge(Blocks.pairs(10, 10, 1, 0, new Random(1)), 1);
        assertEquals(Verdict.UNDECIDED, rare.verdict());
        assertTrue(rare.why().contains("100 answers are too few for p95 (expected: at least 200"), rare.why());
        List<Pair> nothing = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            nothing.add(new Pair(new Block(new double[0], 0), new Block(new double[0], 0)));
        }
        assertEquals(Verdict.UNDECIDED, RULE.judge(nothing, 1).verdict());
    }

    @Test
    void objectives_asTheyAreTyped_areRead() {
        assertEquals(new Objective(95, 300), Objective.parse("p95=300ms"));
        assertEquals(new Objective(99.9, 1500), Objective.parse(" p99.9=1.5s"));
        assertEquals("p99.9", Objective.parse("p99.9=1.5s").name());
        for (String odd : List.of("95=300ms", "p95=300", "p0=1ms", "p95=0ms", "p95<300ms", "")) {
            assertThrows(IllegalArgumentException.class, () -> Objective.parse(odd), odd);
        }
        assertThrows(IllegalArgumentException.class, () -> new Rule(List.of(), 1, 0));
    }

    private static List<Pair> pairs(double slower) {
        return Blocks.pairs(24, 100, slower, 0.2, new Random(5));
    }
}
