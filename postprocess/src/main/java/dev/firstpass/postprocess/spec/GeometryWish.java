package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.annotation.GeometryKind;
import java.util.Optional;

/// Which geometry somebody wants, where they say something about it: "the model's own" is a wish too, for a request that
/// overrides its project.
///
/// Immutable, all variants.
public sealed interface GeometryWish {
    /// How the model's own is written.
    String NATIVE = "native";

    /// The model's own.
    record Native() implements GeometryWish {}

    record Of(GeometryKind kind) implements GeometryWish {}

    /// `native`, or the id of a kind; empty where it is neither.
    static Optional<GeometryWish> ofId(String id) {
        return id.equals(NATIVE)
                ? Optional.of(new Native())
                : GeometryKind.ofId(id).map(Of::new);
    }

    /// As [#ofId] reads it.
    default String id() {
        return wanted().map(GeometryKind::id).orElse(NATIVE);
    }

    /// Empty for the model's own.
    default Optional<GeometryKind> wanted() {
        return switch (this) {
            case Native _ -> Optional.empty();
            case Of(GeometryKind kind) -> Optional.of(kind);
        };
    }
}
