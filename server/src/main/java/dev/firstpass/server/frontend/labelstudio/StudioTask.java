package dev.firstpass.server.frontend.labelstudio;

import java.util.Map;

/// A task of Label Studio, as far as it matters here.
///
/// Immutable.
///
/// @param id as it was sent, number or text
/// @param data its fields that are text
record StudioTask(String id, Map<String, String> data) {
    StudioTask {
        data = Map.copyOf(data);
    }
}
