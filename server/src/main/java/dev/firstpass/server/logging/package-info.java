/// What is logged, in which form, and where to.
@NullMarked
package dev.firstpass.server.logging;

import org.jspecify.annotations.NullMarked;
