/// CVAT's door: a facade of the Nuclio dashboard that its server asks for functions.
@NullMarked
package dev.firstpass.server.frontend.cvat;

import org.jspecify.annotations.NullMarked;
