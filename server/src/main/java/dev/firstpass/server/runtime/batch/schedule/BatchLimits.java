package dev.firstpass.server.runtime.batch.schedule;

/// How many rows a device's memory allows in one run of a bucket.
@FunctionalInterface
public interface BatchLimits {
    /// 1 at least; always the same.
    int rows(int device, int bucket);
}
