package dev.firstpass.registry;

/// Something changed, and the change is durable. Events of concurrent changes may be heard in another order than
/// the changes were made in, so a listener takes an event as a reason to look at the registry, not as its state.
///
/// Immutable, all variants.
public sealed interface RegistryEvent {
    ModelName name();

    /// A version exists that did not before.
    record Registered(ModelVersion version) implements RegistryEvent {
        @Override
        public ModelName name() {
            return version.name();
        }
    }

    /// A version is in another state; `version` holds the new one.
    record StateChanged(ModelVersion version) implements RegistryEvent {
        @Override
        public ModelName name() {
            return version.name();
        }
    }

    /// A version is no more, and its number is not used again. Where it was in another state before, that may not be told.
    record Removed(ModelRef.Numbered version) implements RegistryEvent {
        @Override
        public ModelName name() {
            return version.name();
        }
    }

    /// An alias' requests are split in another way, or not any more.
    record RolloutChanged(ModelName name, String alias) implements RegistryEvent {}

    /// An alias points to another version, or exists at all.
    record AliasMoved(ModelName name, String alias, long to) implements RegistryEvent {}
}
