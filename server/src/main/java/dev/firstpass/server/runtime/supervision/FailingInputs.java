package dev.firstpass.server.runtime.supervision;

import java.util.HashSet;
import java.util.Set;

/// Notices that a model fails, though its process lives, on one input after the other, where others went well before: it is
/// not the model then, nor one of the inputs, but perhaps the process. A GPU's state for instance can be broken in a way
/// that only a new process mends.
///
/// A model that has not had a good run in its process is not accused: it may be no better in another. An input that fails
/// time after time counts once.
///
/// For one thread.
public final class FailingInputs {
    private static final int MANY = 5;

    private final Set<Quarantine.Key> inARow = new HashSet<>();
    private boolean hasWorked;

    /// A run went well.
    public void worked() {
        hasWorked = true;
        inARow.clear();
    }

    /// The model failed on this input, which it had to itself.
    ///
    /// @return whether the process is to blame, as far as can be told
    public boolean failed(Quarantine.Key input) {
        if (hasWorked && inARow.size() < MANY) {
            inARow.add(input);
        }
        return inARow.size() == MANY;
    }

    /// The process is another one.
    public void renewed() {
        hasWorked = false;
        inARow.clear();
    }
}
