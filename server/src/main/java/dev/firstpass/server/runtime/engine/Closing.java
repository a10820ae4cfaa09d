package dev.firstpass.server.runtime.engine;

import java.util.Optional;
import java.util.stream.Stream;

/// Closes several things, each whatever goes wrong with the others: what one device does not give back is no reason to
/// keep what is on the next.
///
/// Pure functions.
public final class Closing {
    private Closing() {}

    /// Closes all, in order.
    ///
    /// @throws RuntimeException the first failure, with the others as suppressed ones; or the first Error
    public static void all(Stream<Runnable> closings) {
        Optional<Throwable> failure = failure(closings);
        if (failure.isPresent()) {
            switch (failure.get()) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    /// The same because of a failure that is about to be thrown, which gets what goes wrong as a suppressed one.
    public static void allAfter(Throwable failure, Stream<Runnable> closings) {
        failure(closings).ifPresent(failure::addSuppressed);
    }

    private static Optional<Throwable> failure(Stream<Runnable> closings) {
        Optional<Throwable> first = Optional.empty();
        for (Runnable closing : (Iterable<Runnable>) closings::iterator) {
            try {
                closing.run();
            } catch (RuntimeException | Error e) {
                if (first.isPresent()) {
                    first.get().addSuppressed(e);
                } else {
                    first = Optional.of(e);
                }
            }
        }
        return first;
    }
}
