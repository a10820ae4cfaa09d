package dev.firstpass.loadtest.gate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// All that the gate found out, as `--json` has it.
///
/// Immutable.
///
/// @param lagMillis 99th percentile of by how much the gate sent requests too late; counted in the latencies
record GateResult(
        Verdict verdict,
        String why,
        String target,
        List<Finding> findings,
        ArmResult stable,
        ArmResult candidate,
        double rate,
        double blockSeconds,
        int pairs,
        long seed,
        double lagMillis) {

    static GateResult of(String target, Plan plan, Trial.Measured measured, Judgement judgement) {
        return new GateResult(
                judgement.verdict(),
                judgement.why(),
                target,
                judgement.findings(),
                ArmResult.of(Arm.STABLE, plan, measured),
                ArmResult.of(Arm.CANDIDATE, plan, measured),
                plan.rate(),
                plan.blockSeconds(),
                measured.pairs().size(),
                plan.seed(),
                measured.lagMillis());
    }

    /// One version's.
    ///
    /// @param reasons why requests went without an answer
    /// @param quantiles of the latency in milliseconds, by percent from 0 to 100
    /// @param blockP95 95th percentile of each block, in milliseconds
    record ArmResult(
            String model,
            int answered,
            int unanswered,
            Map<String, Integer> reasons,
            List<Double> quantiles,
            double p999,
            List<Double> blockP95) {
        private static final double P95 = 0.95;

        static ArmResult of(Arm arm, Plan plan, Trial.Measured measured) {
            List<Block> blocks = measured.pairs().stream()
                    .map(pair -> switch (arm) {
                        case STABLE -> pair.stable();
                        case CANDIDATE -> pair.candidate();
                    })
                    .toList();
            ArmSample sample = new ArmSample(blocks);
            int[] once = new int[blocks.size()];
            Arrays.fill(once, 1);
            List<Double> quantiles = new ArrayList<>();
            for (int percent = 0; percent <= 100; percent++) {
                quantiles.add(sample.quantile(once, percent / 100.0));
            }
            return new ArmResult(
                    plan.model(arm),
                    sample.answered(),
                    sample.errors(),
                    measured.reasons().getOrDefault(plan.model(arm), Map.of()),
                    quantiles,
                    sample.quantile(once, 0.999),
                    blocks.stream()
                            .map(block -> new ArmSample(List.of(block)).quantile(new int[] {1}, P95))
                            .toList());
        }

        double percentile(int percent) {
            return quantiles.get(percent);
        }
    }
}
