package dev.firstpass.server.frontend.attack;

import java.io.IOException;

/// Something that is done to a server again and again.
///
/// Immutable.
///
/// @param breach as metrics name what the server refuses it for; empty where it is answered, or borne
/// @param once what one client does, until the server ends it or the client has done what it is out for
record Attack(String name, String breach, Once once) {
    @FunctionalInterface
    interface Once {
        /// @return whether it ended as it should
        boolean run(Target target) throws IOException, InterruptedException;
    }

    /// @param port of the data listener
    /// @param connections that an address may have
    /// @param untilNanos when an attack that could go on and on has to stop
    record Target(int port, int connections, long untilNanos) {
        boolean isOver() {
            return System.nanoTime() - untilNanos > 0;
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
