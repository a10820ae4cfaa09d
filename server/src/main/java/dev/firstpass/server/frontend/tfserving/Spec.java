package dev.firstpass.server.frontend.tfserving;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.firstpass.proto.tensorflow.serving.ModelSpec;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.PathParams;
import dev.firstpass.server.frontend.RequestRules;
import dev.firstpass.server.pipeline.TensorTarget;
import dev.firstpass.server.security.Callers;
import java.util.Locale;
import java.util.Optional;

/// What a request is for: a model by its name; maybe its version, by number or by a label, which is an alias here; maybe a
/// signature.
///
/// Immutable.
///
/// @param target empty version for the alias `production`
record Spec(TensorTarget target, Optional<String> signature) {
    private static final int MOST_DIGITS = 18;

    /// What the path of a request names.
    ///
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    /// @throws RegistryException.VersionNotFound for a number that no version has
    static TensorTarget target(ServiceRequestContext request) {
        Tenant tenant = Callers.tenant(request);
        String name = PathParams.get(request, "name");
        return Optional.ofNullable(request.pathParam("version"))
                .map(version -> new TensorTarget(tenant, name, number(version)))
                .or(() -> Optional.ofNullable(request.pathParam("label"))
                        .map(label -> new TensorTarget(tenant, name, label(label))))
                .orElseGet(() -> new TensorTarget(tenant, name, ""));
    }

    /// @param tenant whose request it is
    /// @param isThere whether the message has one
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID
    /// @throws RegistryException.VersionNotFound for a number that no version has
    static Spec of(Tenant tenant, boolean isThere, ModelSpec spec) {
        if (!isThere) {
            throw RequestRules.invalid("model_spec", "model_spec: missing");
        }
        if (spec.getName().isEmpty()) {
            throw RequestRules.invalid("model_spec.name", "model_spec.name: empty (expected: a model's name)");
        }
        String version = switch (spec.getVersionChoiceCase()) {
            case VERSION -> number(Long.toString(spec.getVersion().getValue()));
            case VERSION_LABEL -> label(spec.getVersionLabel());
            case VERSIONCHOICE_NOT_SET -> "";
        };
        return new Spec(
                new TensorTarget(tenant, spec.getName(), version),
                Optional.of(spec.getSignatureName()).filter(name -> !name.isEmpty()));
    }

    private static String number(String version) {
        if (!version.matches("-?[0-9]+")) {
            throw RequestRules.invalid("version", "version: " + Words.quoted(version) + " (expected: a number)");
        }
        String plain = version.replaceFirst("^0+(?=.)", "");
        if (plain.startsWith("-") || plain.equals("0") || plain.length() > MOST_DIGITS) {
            throw new RegistryException.VersionNotFound("no model has a version " + Words.quoted(version));
        }
        return plain;
    }

    private static String label(String label) {
        if (label.isEmpty() || label.matches("[0-9]+")) {
            throw RequestRules.invalid(
                    "version_label",
                    String.format(Locale.ROOT, "label: %s (expected: an alias of the model)", Words.quoted(label)));
        }
        return label;
    }
}
