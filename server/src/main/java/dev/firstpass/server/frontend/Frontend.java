package dev.firstpass.server.frontend;

/// A wire protocol, turned into requests to the pipeline and back, and nothing else. A new one is one file and
/// one line in the list of its listener.
///
/// Stateless: what it needs it takes from the context when it adds its routes.
@FunctionalInterface
public interface Frontend {
    /// Adds this door's routes to a listener that is being built, each with who may use it. Hosts, origins, credentials, body
    /// limits, request ids and errors are the listener's affair: a route throws, and the listener renders.
    void addTo(Routes routes, FrontendContext context);
}
