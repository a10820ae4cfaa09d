package dev.firstpass.server.cli;

import java.util.function.Supplier;

/// One thing that `doctor` tries.
///
/// @param name short, in lower case
/// @param trial does it; an exception is a failure, too
record DoctorCheck(String name, Supplier<Finding> trial) {
    enum Verdict {
        OK,
        /// Works, but something will not.
        NOTE,
        /// Firstpass cannot do its work.
        FAIL
    }

    /// @param detail what was seen
    /// @param mend what to do about it; empty where nothing is to be done
    record Finding(Verdict verdict, String detail, String mend) {
        static Finding ok(String detail) {
            return new Finding(Verdict.OK, detail, "");
        }

        static Finding note(String detail, String mend) {
            return new Finding(Verdict.NOTE, detail, mend);
        }

        static Finding fail(String detail, String mend) {
            return new Finding(Verdict.FAIL, detail, mend);
        }
    }
}
