package dev.firstpass.server.demo;

/// A package at an exact version. Where it comes from is up to the package manager's settings on this machine.
///
/// Immutable.
public sealed interface PackageSource {
    /// Name and version, for people.
    String label();

    /// A package of npm.
    record Npm(String name, String version) implements PackageSource {
        @Override
        public String label() {
            return name + "@" + version;
        }
    }

    /// A jar in a Maven repository.
    record Maven(String group, String artifact, String version) implements PackageSource {
        @Override
        public String label() {
            return group + ":" + artifact + ":" + version;
        }
    }
}
