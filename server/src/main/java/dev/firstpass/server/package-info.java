/// Where the parts are put together.
@NullMarked
package dev.firstpass.server;

import org.jspecify.annotations.NullMarked;
