package dev.firstpass.registry;

import java.util.Objects;

/// What can go wrong in the registry, each of one kind. Messages are safe to show to a caller: they hold no path,
/// stack or address.
public abstract sealed class RegistryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private RegistryException(String message) {
        super(message);
    }

    private RegistryException(String message, Throwable cause) {
        super(message, cause);
    }

    /// Never null, unlike that of other exceptions.
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /// A name or reference is not well formed.
    public static final class ArgumentInvalid extends RegistryException {
        private static final long serialVersionUID = 1L;

        private final String field;

        public ArgumentInvalid(String field, String message) {
            super(message);
            this.field = field;
        }

        public String field() {
            return field;
        }
    }

    public static final class ModelNotFound extends RegistryException {
        private static final long serialVersionUID = 1L;

        public ModelNotFound(String message) {
            super(message);
        }
    }

    public static final class VersionNotFound extends RegistryException {
        private static final long serialVersionUID = 1L;

        public VersionNotFound(String message) {
            super(message);
        }
    }

    /// Something of that name exists.
    public static final class AlreadyExists extends RegistryException {
        private static final long serialVersionUID = 1L;

        public AlreadyExists(String message) {
            super(message);
        }
    }

    public static final class ProjectNotFound extends RegistryException {
        private static final long serialVersionUID = 1L;

        public ProjectNotFound(String message) {
            super(message);
        }
    }

    /// The manifest, given or derived, is not complete or not consistent.
    public static final class ManifestInvalid extends RegistryException {
        private static final long serialVersionUID = 1L;

        private final String field;

        public ManifestInvalid(String field, String message) {
            super(message);
            this.field = field;
        }

        public String field() {
            return field;
        }
    }

    /// The files offered are refused: not a model, or not safe to take in.
    public static final class ArtifactRejected extends RegistryException {
        private static final long serialVersionUID = 1L;

        public ArtifactRejected(String message) {
            super(message);
        }
    }

    /// A compare-and-set move found another value than expected.
    public static final class PreconditionFailed extends RegistryException {
        private static final long serialVersionUID = 1L;

        public PreconditionFailed(String message) {
            super(message);
        }
    }

    /// A version is needed: by an alias, or by its own validation.
    public static final class InUse extends RegistryException {
        private static final long serialVersionUID = 1L;

        public InUse(String message) {
            super(message);
        }
    }

    /// No space left where the registry keeps its files.
    public static final class StorageFull extends RegistryException {
        private static final long serialVersionUID = 1L;

        public StorageFull(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// The database or the bucket that servers share is away. What was known goes on being served; a change was not made,
    /// or it is not known whether it was.
    public static final class Unavailable extends RegistryException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// The data directory cannot be used: not writable, or from a newer release. Start-up stops on it.
    public static final class DataUnusable extends RegistryException {
        private static final long serialVersionUID = 1L;

        public DataUnusable(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
