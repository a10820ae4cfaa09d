package dev.firstpass.server.frontend.labelstudio;

import java.util.Map;

/// A task of Label Studio, as far as it matters here.
///
/// Immutable.
///
/// @param id as it was sent, number or text
/// @param data its fields that are text
/// @param isOpen whether it comes with its drafts, as one does that a labeler has open in a page for smart tools
record StudioTask(String id, Map<String, String> data, boolean isOpen) {
    StudioTask {
        data = Map.copyOf(data);
    }
}
