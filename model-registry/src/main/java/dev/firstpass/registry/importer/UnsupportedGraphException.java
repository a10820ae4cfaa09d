package dev.firstpass.registry.importer;

/// A graph holds something that the importer has no rule for. It becomes a
/// [dev.firstpass.registry.RegistryException.ArtifactRejected] at the importer's edge, with the node's name added.
final class UnsupportedGraphException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedGraphException(String message) {
        super(message);
    }
}
