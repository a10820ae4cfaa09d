package dev.firstpass.server.frontend.grpc;

import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.proto.v1.RolloutAgreement;
import dev.firstpass.proto.v1.RolloutArm;
import dev.firstpass.proto.v1.RolloutLatencies;
import dev.firstpass.proto.v1.RolloutState;
import dev.firstpass.proto.v1.RolloutStop;
import dev.firstpass.server.frontend.RolloutStatus;
import dev.firstpass.server.rollout.ArmReport;
import dev.firstpass.server.rollout.Latencies;
import dev.firstpass.server.rollout.RolloutReport;
import dev.firstpass.server.rollout.ShadowReport;

/// A rollout and its figures as messages.
///
/// Pure functions.
final class RolloutMessages {
    private RolloutMessages() {}

    static RolloutState.Builder state(RolloutStatus status) {
        RolloutState.Builder state = RolloutState.newBuilder().setStable(status.stable());
        status.rollout().ifPresent(rollout -> {
            rollout.canary().ifPresent(state::setCanary);
            rollout.shadow().ifPresent(state::setShadow);
            state.setPercent(rollout.percent()).setShadowPercent(rollout.shadowPercent());
        });
        status.report().ifPresent(report -> figures(state, report));
        return state;
    }

    private static void figures(RolloutState.Builder state, RolloutReport report) {
        state.setSince(RegistryMessages.timestamp(report.since())).setStableArm(arm(report.stable()));
        report.canary().ifPresent(canary -> state.setCanaryArm(arm(canary)));
        report.shadow().ifPresent(shadow -> state.setAgreement(agreement(shadow)));
        report.stopped()
                .ifPresent(stop -> state.setStopped(RolloutStop.newBuilder()
                        .setCanary(stop.canary())
                        .setAt(RegistryMessages.timestamp(stop.at()))
                        .setReason(stop.reason().id())
                        .setDetail(stop.detail())));
    }

    private static RolloutArm.Builder arm(ArmReport arm) {
        RolloutArm.Builder message = RolloutArm.newBuilder()
                .setRequests(arm.requests())
                .setCached(arm.cached())
                .setErrors(arm.errors())
                .setLatencies(latencies(arm.latencies()))
                .setLabels(arm.labels());
        arm.meanScore().ifPresent(message::setMeanScore);
        return message;
    }

    private static RolloutAgreement.Builder agreement(ShadowReport shadow) {
        Agreement agreement = shadow.agreement();
        RolloutAgreement.Builder message = RolloutAgreement.newBuilder()
                .setCompared(agreement.images())
                .setFailed(shadow.failed())
                .setDropped(shadow.dropped())
                .setMatched(agreement.matched())
                .setCountDifference(agreement.countDifference())
                .setStable(latencies(shadow.stable()))
                .setShadow(latencies(shadow.shadow()));
        agreement.meanOverlap().ifPresent(message::setMeanOverlap);
        agreement.labelAgreement().ifPresent(message::setSameLabel);
        agreement.meanScoreShift().ifPresent(message::setMeanScoreShift);
        agreement.meanScoreDifference().ifPresent(message::setMeanScoreDifference);
        return message;
    }

    private static RolloutLatencies.Builder latencies(Latencies latencies) {
        RolloutLatencies.Builder message = RolloutLatencies.newBuilder().setCount(latencies.count());
        return latencies.count() == 0
                ? message
                : message.setP50(latencies.p50()).setP90(latencies.p90()).setP99(latencies.p99());
    }
}
