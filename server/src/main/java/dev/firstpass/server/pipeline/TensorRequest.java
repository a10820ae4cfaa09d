package dev.firstpass.server.pipeline;

import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import java.util.List;
import java.util.Optional;

/// One wish for what a model makes of tensors, the same from every door.
///
/// Immutable.
///
/// @param id the caller's, where it gave one: requests of one id meet the same arm of a rollout
/// @param outputs names of those wanted; all where it is empty
/// @param deadline begun when the request came to its door
public record TensorRequest(
        TensorTarget target,
        Optional<String> id,
        List<TensorInput> inputs,
        List<String> outputs,
        Priority priority,
        Deadline deadline,
        Caller caller) {
    public TensorRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
