package dev.firstpass.registry.token;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a caller may do. None of them holds another: a token has exactly those that it was made with.
public enum Scope {
    /// Pre-labels, by every tool's protocol, and what tools ask for before: models, formats, labeling projects.
    PRELABEL("pre-labels, and the models, formats and projects that they are asked with"),

    /// Raw tensors. With enough of them a model can be copied, so tools that label do not get this.
    TENSORS("raw tensors of models: Open Inference Protocol and TensorFlow Serving"),

    /// New versions of models: uploads, registrations, trials.
    REGISTER("registers and validates versions of models"),

    /// What requests are answered with: aliases, rollouts, labeling projects, and what is taken out of service.
    PROMOTE("moves aliases, rolls out, retires versions, sets labeling projects"),

    /// What cannot be taken back, and who may do what: retention, tokens, the audit, loading and unloading by hand.
    ADMIN("tokens, audit, retention, loading and unloading of models"),

    /// `/metrics`.
    METRICS("reads metrics");

    private final String purpose;

    Scope(String purpose) {
        this.purpose = purpose;
    }

    /// As it is written.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String purpose() {
        return purpose;
    }

    public static Optional<Scope> of(String id) {
        return Arrays.stream(values()).filter(scope -> scope.id().equals(id)).findFirst();
    }

    /// All of them, as they are written.
    public static List<String> ids() {
        return Arrays.stream(values()).map(Scope::id).toList();
    }

    /// In their own order, with commas.
    public static String text(Collection<Scope> scopes) {
        return scopes.stream().sorted().map(Scope::id).collect(Collectors.joining(","));
    }
}
