package dev.firstpass.server.frontend;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Rollout;
import dev.firstpass.registry.Sha256;
import dev.firstpass.server.upload.TakenUpload;
import dev.firstpass.server.upload.UploadStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The changes of the registry that take long, as operations: what the HTTP and the gRPC door have in common.
///
/// Thread-safe.
public final class RegistryChanges {
    private final RegistryAdmin registry;
    private final UploadStore uploads;
    private final Operations operations;

    public RegistryChanges(FrontendContext context) {
        this.registry = context.backend().registry();
        this.uploads = context.backend().uploads();
        this.operations = context.operations();
    }

    /// Registers a bundle that came in one piece.
    ///
    /// @param bundle belongs to this from the call on, whatever comes of it
    public Operation register(Optional<String> key, ModelName name, OfferedBundle bundle) {
        Optional<IdempotencyKey> full;
        try {
            full = key.isEmpty() ? Optional.empty() : keyed(key, name, "sha256:" + Sha256.of(bundle.file()));
        } catch (IOException e) {
            bundle.close();
            throw new UncheckedIOException("the upload cannot be read again", e);
        } catch (RuntimeException e) {
            bundle.close();
            throw e;
        }
        return operations.begin(
                name.tenant(), full, Operation.Kind.REGISTER, name.value(), new BundleWork(registry, name, bundle));
    }

    /// A file that closing deletes.
    public interface OfferedBundle extends AutoCloseable {
        Path file();

        @Override
        void close();
    }

    private record BundleWork(RegistryAdmin registry, ModelName name, OfferedBundle bundle) implements Operations.Work {
        @Override
        public Operation.Result run(ProgressListener progress) {
            try (bundle) {
                return new Operation.Result.Registered(registry.register(name, bundle.file(), progress));
            }
        }

        @Override
        public void drop() {
            bundle.close();
        }
    }

    private static Optional<IdempotencyKey> keyed(Optional<String> key, ModelName name, String content) {
        return IdempotencyKey.of(key, Operation.Kind.REGISTER, name, content);
    }

    /// Registers a bundle that came in pieces, which is deleted if it was taken in.
    ///
    /// @param upload the session's id
    /// @throws dev.firstpass.server.failure.FailureException UPLOAD_NOT_FOUND if it is longer than ids are, before anything
    ///     is remembered of it
    public Operation registerUpload(Optional<String> key, ModelName name, String upload) {
        if (upload.length() > UploadStore.LONGEST_ID) {
            throw UploadStore.notFound();
        }
        return operations.begin(
                name.tenant(),
                keyed(key, name, "upload:" + upload),
                Operation.Kind.REGISTER,
                name.value(),
                progress -> {
                    try (TakenUpload taken = uploads.take(name.tenant(), upload)) {
                        RegistryAdmin.Registered registered = registry.register(name, taken.file(), progress);
                        taken.consume();
                        return new Operation.Result.Registered(registered);
                    }
                });
    }

    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if `alias` is none, before anything is remembered of it
    public Operation moveAlias(
            Optional<String> key, ModelName name, String alias, long version, OptionalLong expected) {
        ModelRef.Aliased target = new ModelRef.Aliased(name, alias);
        return operations.begin(
                name.tenant(),
                IdempotencyKey.of(key, Operation.Kind.ALIAS, name, alias, version, expected),
                Operation.Kind.ALIAS,
                target.toString(),
                _ -> {
                    registry.moveAlias(name, alias, version, expected);
                    return new Operation.Result.Moved(alias, version, registry.behind());
                });
    }

    /// As `moveAlias`.
    public Operation rollBack(Optional<String> key, ModelName name, String alias, OptionalLong expected) {
        ModelRef.Aliased target = new ModelRef.Aliased(name, alias);
        return operations.begin(
                name.tenant(),
                IdempotencyKey.of(key, Operation.Kind.ROLLBACK, name, alias, expected),
                Operation.Kind.ROLLBACK,
                target.toString(),
                _ -> {
                    long version = registry.rollBack(name, alias, expected);
                    return new Operation.Result.Moved(alias, version, registry.behind());
                });
    }

    public Operation rollOut(Optional<String> key, ModelRef.Aliased alias, Rollout rollout) {
        return operations.begin(
                alias.name().tenant(),
                IdempotencyKey.of(key, Operation.Kind.ROLLOUT, alias, rollout),
                Operation.Kind.ROLLOUT,
                alias.toString(),
                _ -> {
                    registry.rollOut(alias.name(), alias.alias(), rollout);
                    return rolledOut(alias);
                });
    }

    public Operation endRollout(Optional<String> key, ModelRef.Aliased alias) {
        return operations.begin(
                alias.name().tenant(),
                IdempotencyKey.of(key, Operation.Kind.END_ROLLOUT, alias),
                Operation.Kind.END_ROLLOUT,
                alias.toString(),
                _ -> {
                    registry.endRollout(alias.name(), alias.alias());
                    return rolledOut(alias);
                });
    }

    private Operation.Result rolledOut(ModelRef.Aliased alias) {
        List<String> behind = registry.behind();
        return new Operation.Result.RolledOut(RolloutStatus.of(registry, alias), behind);
    }

    public Operation retire(Optional<String> key, ModelRef.Numbered ref) {
        return operations.begin(
                ref.name().tenant(),
                IdempotencyKey.of(key, Operation.Kind.RETIRE, ref),
                Operation.Kind.RETIRE,
                ref.toString(),
                _ -> {
                    ModelVersion retired = registry.retire(ref);
                    return new Operation.Result.Retired(retired, registry.behind());
                });
    }
}
