package dev.firstpass.server.frontend.listen;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;
import java.util.function.ToDoubleFunction;

/// Memory that the wire library has taken for buffers of connections, in use or kept for the next ones: outside the heap most of it, and not
/// among what the JVM tells of its own buffers. Of the whole process, as its pools are.
///
/// Pure functions.
final class WireMemory {
    private WireMemory() {}

    /// Adds the meters, which look when they are scraped.
    static void bind(PooledByteBufAllocator pools, MeterRegistry meters) {
        gauge("direct", pools, PooledByteBufAllocatorMetric::usedDirectMemory, meters);
        gauge("heap", pools, PooledByteBufAllocatorMetric::usedHeapMemory, meters);
    }

    private static void gauge(
            String type,
            PooledByteBufAllocator pools,
            ToDoubleFunction<PooledByteBufAllocatorMetric> bytes,
            MeterRegistry meters) {
        Gauge.builder("netty.allocator.memory.used", pools, each -> bytes.applyAsDouble(each.metric()))
                .description("Memory of the pools for buffers of connections")
                .baseUnit("bytes")
                .tag("memory_type", type)
                .register(meters);
    }
}
