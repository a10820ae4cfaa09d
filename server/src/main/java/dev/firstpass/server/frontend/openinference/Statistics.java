package dev.firstpass.server.frontend.openinference;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.proto.inference.InferBatchStatistics;
import dev.firstpass.proto.inference.InferStatistics;
import dev.firstpass.proto.inference.ModelStatistics;
import dev.firstpass.proto.inference.ModelStatisticsResponse;
import dev.firstpass.proto.inference.StatisticDuration;
import dev.firstpass.server.pipeline.TensorModels;
import dev.firstpass.server.pipeline.TensorStatistics;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.runtime.lifecycle.StageCounts;
import java.time.Instant;
import java.util.List;

/// What was asked of models, in the protocol's members. Clients read all of them without looking whether they are there, so
/// all are: bringing rows in and out is not measured by itself, and there is no cache of raw tensors.
///
/// Pure functions.
final class Statistics {
    private Statistics() {}

    /// Of what a name means; a model's pre-labels have those of its first stage.
    static List<TensorStatistics> of(TensorModels models, TensorTarget target) {
        return PrelabelModel.is(target)
                ? models.statistics(PrelabelModel.model(target)).stream()
                        .map(each -> new TensorStatistics(target.name(), each.version(), each.totals()))
                        .toList()
                : models.statistics(target);
    }

    /// @param now the moment that the statistics are of
    static ObjectNode json(List<TensorStatistics> all, Instant now) {
        ObjectNode body = Descriptions.object();
        ArrayNode models = body.putArray("model_stats");
        message(all, now).getModelStatsList().forEach(each -> add(models, each));
        return body;
    }

    private static void add(ArrayNode models, ModelStatistics each) {
        ObjectNode model = models.addObject();
        model.put("name", each.getName());
        model.put("version", each.getVersion());
        model.put("last_inference", each.getLastInference());
        model.put("inference_count", each.getInferenceCount());
        model.put("execution_count", each.getExecutionCount());
        InferStatistics inference = each.getInferenceStats();
        ObjectNode stats = model.putObject("inference_stats");
        put(stats, "success", inference.getSuccess());
        put(stats, "fail", inference.getFail());
        put(stats, "queue", inference.getQueue());
        put(stats, "compute_input", inference.getComputeInput());
        put(stats, "compute_infer", inference.getComputeInfer());
        put(stats, "compute_output", inference.getComputeOutput());
        put(stats, "cache_hit", inference.getCacheHit());
        put(stats, "cache_miss", inference.getCacheMiss());
        ArrayNode batches = model.putArray("batch_stats");
        for (InferBatchStatistics of : each.getBatchStatsList()) {
            ObjectNode batch = batches.addObject();
            batch.put("batch_size", of.getBatchSize());
            put(batch, "compute_input", of.getComputeInput());
            put(batch, "compute_infer", of.getComputeInfer());
            put(batch, "compute_output", of.getComputeOutput());
        }
    }

    private static void put(ObjectNode stats, String name, StatisticDuration duration) {
        stats.putObject(name).put("count", duration.getCount()).put("ns", duration.getNs());
    }

    /// @param now as in [#json]
    static ModelStatisticsResponse message(List<TensorStatistics> all, Instant now) {
        ModelStatisticsResponse.Builder response = ModelStatisticsResponse.newBuilder();
        all.forEach(each -> response.addModelStats(message(each, now)));
        return response.build();
    }

    private static ModelStatistics message(TensorStatistics each, Instant now) {
        StageCounts.Totals totals = each.totals();
        long count = totals.succeeded();
        ModelStatistics.Builder model = ModelStatistics.newBuilder()
                .setName(each.name())
                .setVersion(Long.toString(each.version()))
                .setLastInference(totals.sinceLast()
                        .map(since -> now.minus(since).toEpochMilli())
                        .orElse(0L))
                .setInferenceCount(totals.rows())
                .setExecutionCount(totals.runs())
                .setInferenceStats(InferStatistics.newBuilder()
                        .setSuccess(duration(count, totals.succeededNanos()))
                        .setFail(duration(totals.failed(), totals.failedNanos()))
                        .setQueue(duration(count, totals.queueNanos()))
                        .setComputeInput(duration(count, 0))
                        .setComputeInfer(duration(count, totals.inferNanos()))
                        .setComputeOutput(duration(count, 0))
                        .setCacheHit(duration(0, 0))
                        .setCacheMiss(duration(0, 0)));
        totals.batches()
                .forEach((size, runs) -> model.addBatchStats(InferBatchStatistics.newBuilder()
                        .setBatchSize(size)
                        .setComputeInput(duration(runs.runs(), 0))
                        .setComputeInfer(duration(runs.runs(), runs.nanos()))
                        .setComputeOutput(duration(runs.runs(), 0))));
        return model.build();
    }

    private static StatisticDuration duration(long count, long nanos) {
        return StatisticDuration.newBuilder().setCount(count).setNs(nanos).build();
    }
}
