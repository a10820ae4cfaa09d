/// The two listeners, the explicit lists of their doors, and what every request passes before it reaches one.
@NullMarked
package dev.firstpass.server.frontend.listen;

import org.jspecify.annotations.NullMarked;
