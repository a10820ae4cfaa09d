package dev.firstpass.server.runtime.batch;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// What became of a model's rows since it was loaded.
///
/// Immutable.
///
/// @param runs on the device that ended well
/// @param rows in them
/// @param capacity rows that would have found room in them
/// @param bySize the runs of each size of `SIZES`, larger than the one before it; the last is of all that are larger
/// @param full rows that were turned away since no more may wait
/// @param tenantFull rows that were turned away since no more of one tenant may wait
/// @param late rows that were turned away at once, since their answers would have come too late
/// @param expired rows that waited, and whose time ran out
/// @param cancelled rows that waited, and were given up by whoever wanted them
public record RunCounts(
        long runs,
        long rows,
        long capacity,
        List<Long> bySize,
        long full,
        long tenantFull,
        long late,
        long expired,
        long cancelled) {
    /// Most rows of the runs that `bySize` counts, but for its last.
    public static final List<Integer> SIZES = List.of(1, 2, 4, 8, 16, 32, 64);

    public static final RunCounts NONE =
            new RunCounts(0, 0, 0, Collections.nCopies(SIZES.size() + 1, 0L), 0, 0, 0, 0, 0);

    public RunCounts {
        bySize = List.copyOf(bySize);
    }

    /// Where `bySize` counts a run.
    static int sizeIndex(int rows) {
        int index = 0;
        while (index < SIZES.size() && rows > SIZES.get(index)) {
            index++;
        }
        return index;
    }

    public RunCounts plus(RunCounts other) {
        return new RunCounts(
                runs + other.runs,
                rows + other.rows,
                capacity + other.capacity,
                IntStream.range(0, bySize.size())
                        .mapToObj(i -> bySize.get(i) + other.bySize.get(i))
                        .toList(),
                full + other.full,
                tenantFull + other.tenantFull,
                late + other.late,
                expired + other.expired,
                cancelled + other.cancelled);
    }
}
