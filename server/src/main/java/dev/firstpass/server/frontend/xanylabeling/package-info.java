/// X-AnyLabeling's door: the server that its remote models ask.
@NullMarked
package dev.firstpass.server.frontend.xanylabeling;

import org.jspecify.annotations.NullMarked;
