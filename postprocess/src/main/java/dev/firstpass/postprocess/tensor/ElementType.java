package dev.firstpass.postprocess.tensor;

/// The element types that model inputs and outputs may have, with their size in a packed row.
public enum ElementType {
    FLOAT32(4),
    FLOAT16(2),
    FLOAT64(8),
    UINT8(1),
    INT8(1),
    INT16(2),
    INT32(4),
    INT64(8),
    BOOL(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /// Size of one element in bytes.
    public int bytes() {
        return bytes;
    }
}
