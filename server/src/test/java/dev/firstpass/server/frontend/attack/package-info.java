/// Clients that break the protocol or its limits, over sockets of their own, and a good one beside them.
@NullMarked
package dev.firstpass.server.frontend.attack;

import org.jspecify.annotations.NullMarked;
