package dev.firstpass.registry;

import java.net.URI;
import java.util.Optional;

/// Where a registry keeps what it knows.
///
/// Immutable, all variants.
public sealed interface Storage {
    /// A database and files in the data directory, which one process has at a time.
    Storage LOCAL = new Local();

    record Local() implements Storage {}

    /// A PostgreSQL and a bucket that several servers share. Each has a data directory of its own, for what it has fetched.
    record Shared(Database database, Bucket bucket) implements Storage {}

    /// A PostgreSQL database that holds one registry and nothing else.
    ///
    /// @param url JDBC's, without a password: `jdbc:postgresql://host/name`
    /// @param user empty takes the one that the URL or the operating system names
    record Database(String url, Optional<String> user, Optional<Secret> password) {
        public static final String SCHEME = "jdbc:postgresql:";
    }

    /// A bucket of an S3 server, or the part of one whose keys begin with a prefix.
    ///
    /// @param prefix empty, or with a slash at its end
    /// @param endpoint of a server that is not AWS's own
    /// @param region empty takes the one that the environment or the profile names, and with an endpoint any
    record Bucket(String name, String prefix, Optional<URI> endpoint, Optional<String> region) {}

    /// Text that is never shown.
    record Secret(String value) {
        @Override
        public String toString() {
            return "(secret)";
        }
    }
}
