package dev.firstpass.server.runtime.batch.schedule;

/// One bucket, which every image is fitted into.
///
/// Immutable.
record FixedShape(int sideHeight, int sideWidth) implements Buckets {
    FixedShape {
        if (sideHeight < 1 || sideWidth < 1) {
            throw new IllegalArgumentException("shape: " + sideHeight + "x" + sideWidth + " (expected: >= 1x1)");
        }
    }

    @Override
    public int count() {
        return 1;
    }

    @Override
    public int of(int height, int width) {
        return 0;
    }

    @Override
    public int height(int bucket) {
        return sideHeight;
    }

    @Override
    public int width(int bucket) {
        return sideWidth;
    }
}
