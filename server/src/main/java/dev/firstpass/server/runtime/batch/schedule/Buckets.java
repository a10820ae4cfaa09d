package dev.firstpass.server.runtime.batch.schedule;

/// The shapes that a model is run with. Rows of one bucket can run together.
///
/// Immutable.
public interface Buckets {
    /// How many there are.
    int count();

    /// The bucket of an image.
    ///
    /// @param height in pixels, of the image
    /// @param width in pixels, of the image
    int of(int height, int width);

    /// In pixels, of the model's input.
    int height(int bucket);

    /// In pixels, of the model's input.
    int width(int bucket);

    default long pixels(int bucket) {
        return (long) height(bucket) * width(bucket);
    }

    /// The one bucket of a model whose input is of fixed size.
    static Buckets fixed(int height, int width) {
        return new FixedShape(height, width);
    }
}
