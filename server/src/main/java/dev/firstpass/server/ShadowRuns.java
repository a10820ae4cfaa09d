package dev.firstpass.server;

import dev.firstpass.registry.ModelEntry;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.store.ModelRegistry;
import dev.firstpass.server.pipeline.Answered;
import dev.firstpass.server.pipeline.CpuGate;
import dev.firstpass.server.pipeline.PrelabelPipeline;
import dev.firstpass.server.rollout.ShadowRuntime;
import dev.firstpass.server.runtime.lifecycle.ModelRuntime;
import java.time.Duration;
import java.util.Optional;

/// Runs shadows on the server's own walk.
///
/// Thread-safe; owns nothing.
final class ShadowRuns implements ShadowRuntime {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ModelRegistry registry;
    private final ModelRuntime models;
    private final CpuGate cpu;
    private final Walk walk;

    /// As [PrelabelPipeline#repeat].
    interface Walk {
        PrelabelPipeline.Repeated repeat(Answered answer, ModelVersion version, Duration limit);
    }

    ShadowRuns(ModelRegistry registry, ModelRuntime models, CpuGate cpu, Walk walk) {
        this.registry = registry;
        this.models = models;
        this.cpu = cpu;
        this.walk = walk;
    }

    @Override
    public Optional<ModelVersion> ready(ModelRef.Numbered ref) {
        Optional<ModelVersion> version = registry.models().stream()
                .filter(entry -> entry.name().equals(ref.name()))
                .findFirst()
                .flatMap((ModelEntry entry) -> entry.version(ref.number()))
                .filter(each -> each.state() == ModelVersion.State.AVAILABLE);
        boolean isLoaded = models.loaded(ref).isPresent();
        if (!isLoaded) {
            version.ifPresent(models::preload);
        }
        return version.filter(_ -> isLoaded);
    }

    @Override
    public boolean isBusy() {
        return cpu.waiting() > 0;
    }

    @Override
    public Found run(Answered answer, ModelVersion version) {
        PrelabelPipeline.Repeated repeated = walk.repeat(answer, version, LIMIT);
        return new Found(repeated.annotations(), repeated.times());
    }
}
