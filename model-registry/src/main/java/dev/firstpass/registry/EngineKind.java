package dev.firstpass.registry;

import java.util.Locale;

/// The engines that can run a model file.
public enum EngineKind {
    ONNX,
    TENSORFLOW;

    /// The name in manifests.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
