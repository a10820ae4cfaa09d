/// A server that is killed under load, again and again, and what is there when it is back.
@NullMarked
package dev.firstpass.loadtest.kills;

import org.jspecify.annotations.NullMarked;
