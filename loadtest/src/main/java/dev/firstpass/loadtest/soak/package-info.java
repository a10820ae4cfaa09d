/// A server under load for long, with all that can befall it, and what it holds meanwhile.
@NullMarked
package dev.firstpass.loadtest.soak;

import org.jspecify.annotations.NullMarked;
