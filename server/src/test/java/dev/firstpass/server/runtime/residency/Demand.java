package dev.firstpass.server.runtime.residency;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// What a day with many models may look like: their sizes, and who is asked for in turn.
///
/// Sizes are spread evenly over their logarithm, from 60 MB to 2.6 GB. Popularity follows Zipf's law and drifts: now
/// and then two models change places. At times bulk work goes over every model once, among the other requests.
///
/// Immutable.
///
/// @param bytes of each model
record Demand(List<Long> bytes, List<Request> requests) {
    static final int MODELS = 60;

    private static final double SMALLEST = 60e6;
    private static final double LARGEST = 2.6e9;
    private static final double ZIPF = 0.9;
    private static final double BULK_SHARE = 0.2;

    Demand {
        bytes = List.copyOf(bytes);
        requests = List.copyOf(requests);
    }

    /// @param drift requests between two changes of popularity
    /// @param sweep requests between two bulk sweeps
    static Demand of(long seed, int count, int drift, int sweep) {
        Random random = new Random(seed);
        List<Long> bytes = new ArrayList<>();
        for (int model = 0; model < MODELS; model++) {
            bytes.add((long) (SMALLEST * Math.pow(LARGEST / SMALLEST, model / (MODELS - 1.0))));
        }
        Collections.shuffle(bytes, random);
        List<Integer> byRank = shuffled(random);
        Deque<Integer> bulk = new ArrayDeque<>();
        List<Request> requests = new ArrayList<>();
        for (int step = 1; requests.size() < count; step++) {
            if (step % drift == 0) {
                Collections.swap(byRank, random.nextInt(MODELS), random.nextInt(MODELS));
            }
            if (step % sweep == 0) {
                bulk.addAll(shuffled(random));
            }
            if (!bulk.isEmpty() && random.nextDouble() < BULK_SHARE) {
                requests.add(new Request(bulk.remove(), true));
            }
            requests.add(new Request(byRank.get(rank(random)), false));
        }
        return new Demand(bytes, requests);
    }

    private static List<Integer> shuffled(Random random) {
        List<Integer> models =
                new ArrayList<>(IntStream.range(0, MODELS).boxed().toList());
        Collections.shuffle(models, random);
        return models;
    }

    private static int rank(Random random) {
        double sum = 0;
        for (int rank = 0; rank < MODELS; rank++) {
            sum += 1 / Math.pow(rank + 1, ZIPF);
        }
        double at = random.nextDouble() * sum;
        for (int rank = 0; rank < MODELS - 1; rank++) {
            at -= 1 / Math.pow(rank + 1, ZIPF);
            if (at < 0) {
                return rank;
            }
        }
        return MODELS - 1;
    }

    /// What loading a model takes, in seconds.
    double cost(int model) {
        return 0.6 + bytes.get(model) / 1.5e9;
    }

    /// @param model index of the model
    record Request(int model, boolean bulk) {}
}
