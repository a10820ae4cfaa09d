package dev.firstpass.server.rollout;

import dev.firstpass.postprocess.evaluation.Agreement;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.call.Arm;

/// Hears what rollouts do.
///
/// @implSpec thread-safe, takes no time, throws nothing
public interface RolloutListener {
    /// Hears nothing.
    RolloutListener NONE = new RolloutListener() {
        @Override
        public void ended(ModelRef.Aliased alias, Arm arm, boolean isError) {}

        @Override
        public void stopped(ModelRef.Aliased alias, StopReason reason) {}

        @Override
        public void compared(ModelRef.Aliased alias, Agreement agreement) {}

        @Override
        public void lost(ModelRef.Aliased alias, boolean isFailure) {}
    };

    /// A request for an alias that is rolled out ended.
    void ended(ModelRef.Aliased alias, Arm arm, boolean isError);

    void stopped(ModelRef.Aliased alias, StopReason reason);

    void compared(ModelRef.Aliased alias, Agreement agreement);

    /// A copy for a shadow was not run, or failed.
    void lost(ModelRef.Aliased alias, boolean isFailure);
}
