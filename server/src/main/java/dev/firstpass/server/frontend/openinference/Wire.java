package dev.firstpass.server.frontend.openinference;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// What both wires refuse in the same words, and how elements lie on them.
///
/// Pure functions.
final class Wire {
    static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// More axes than any model has.
    private static final int MOST_AXES = 32;

    /// More inputs, and more outputs, than any model has.
    static final int MOST_TENSORS = 1024;

    static final int MOST_ID = 256;

    private Wire() {}

    static FailureException invalid(String field, String detail) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, field, detail).asException();
    }

    static FailureException notSupported(String what) {
        return Failure.of(Reason.NOT_SUPPORTED, what).asException();
    }

    /// @param input of the shape, for the error
    /// @throws FailureException ARGUMENT_INVALID if no tensor has it
    static Shape shape(List<Long> extents, String input) {
        if (extents.size() > MOST_AXES) {
            throw invalid(
                    "shape",
                    "input " + Words.quoted(input) + ": " + extents.size() + " axes (expected: <= " + MOST_AXES + ")");
        }
        for (long extent : extents) {
            if (extent < 0) {
                throw invalid("shape", "input " + Words.quoted(input) + ": an axis of " + extent + " (expected: >= 0)");
            }
        }
        return new Shape(extents);
    }

    /// @throws FailureException ARGUMENT_INVALID if it is too long to be kept and repeated
    static String id(String id) {
        if (id.length() > MOST_ID) {
            throw invalid("id", "id: " + id.length() + " characters (expected: <= " + MOST_ID + ")");
        }
        return id;
    }
}
