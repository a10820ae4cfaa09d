package dev.firstpass.registry.importer;

/// An integer that is known at import, or known but for the batch size N: `factor`, or `factor * N`.
///
/// Immutable.
record Dim(long factor, boolean timesBatch) {
    static final Dim BATCH = new Dim(1, true);

    static Dim of(long value) {
        return new Dim(value, false);
    }

    /// Whether it is exactly this number, whatever N is.
    boolean is(long value) {
        return !timesBatch && factor == value;
    }

    /// @throws UnsupportedGraphException if it depends on N
    long known(String what) {
        if (timesBatch) {
            throw new UnsupportedGraphException(what + ": depends on the batch size (expected: a constant)");
        }
        return factor;
    }

    /// For extents and counts that Java keeps in an int.
    ///
    /// @throws UnsupportedGraphException if it depends on N or is no int
    int knownInt(String what) {
        long value = known(what);
        if (value != (int) value) {
            throw new UnsupportedGraphException(what + ": " + value + " (expected: a 32-bit value)");
        }
        return (int) value;
    }

    Dim plus(Dim other) {
        if (timesBatch != other.timesBatch) {
            throw new UnsupportedGraphException(
                    "extent: a sum of a constant and the batch size (expected: one of them)");
        }
        return new Dim(Math.addExact(factor, other.factor), timesBatch);
    }

    @Override
    public String toString() {
        return timesBatch ? (factor == 1 ? "N" : factor + "N") : Long.toString(factor);
    }
}
