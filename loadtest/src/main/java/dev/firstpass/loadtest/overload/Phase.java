package dev.firstpass.loadtest.overload;

import java.util.List;

/// What is asked of the server in one stretch.
///
/// Immutable.
///
/// @param rate of people's requests a second and device; 0 for none
/// @param hasBacklog whether there is bulk work without end
record Phase(double rate, boolean hasBacklog) {
    /// What a device can do in time of this mix, by docs/batching.md.
    static final double CAPACITY = 170;

    static final Phase FULL = new Phase(120, false);
    static final Phase CAPABLE = new Phase(CAPACITY, false);
    static final Phase OVER = new Phase(300, false);
    static final Phase FIVE_TIMES = new Phase(5 * CAPACITY, false);
    static final Phase TEN_TIMES = new Phase(10 * CAPACITY, false);
    static final List<Phase> OVERLOADS = List.of(FIVE_TIMES, TEN_TIMES);
    static final Phase BULK_ALONE = new Phase(0, true);
    static final Phase FULL_AND_BULK = new Phase(120, true);
}
