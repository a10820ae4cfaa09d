/// What the doors share: what a door is, what it is given, and the rules that hold at each of them.
@NullMarked
package dev.firstpass.server.frontend;

import org.jspecify.annotations.NullMarked;
