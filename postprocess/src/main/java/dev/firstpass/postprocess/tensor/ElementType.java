package dev.firstpass.postprocess.tensor;

/// The element types that model inputs and outputs may have. All but [#STRING] have one size in a packed row; strings
/// lie in memory as [PackedStrings] says.
public enum ElementType {
    FLOAT32(4),
    FLOAT16(2),
    /// The upper half of a FLOAT32.
    BFLOAT16(2),
    FLOAT64(8),
    UINT8(1),
    UINT16(2),
    UINT32(4),
    UINT64(8),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    BOOL(1),
    STRING(0);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /// Whether every element takes the same number of bytes, so that a shape tells how much memory a tensor needs.
    public boolean isFixedSize() {
        return this != STRING;
    }

    /// Size of one element in bytes.
    ///
    /// @throws IllegalStateException for strings, which have none in common
    public int bytes() {
        if (!isFixedSize()) {
            throw new IllegalStateException(this + ": elements of this type differ in size");
        }
        return bytes;
    }

    /// Size of a packed tensor in bytes.
    ///
    /// @throws IllegalStateException for strings, and if an axis of `shape` is dynamic
    /// @throws ArithmeticException if it leaves the range of a long
    public long bytes(Shape shape) {
        return Math.multiplyExact(shape.elements(), (long) bytes());
    }
}
