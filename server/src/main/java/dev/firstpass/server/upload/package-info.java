/// Uploads in pieces: bundles that come in over several requests, kept in the data directory until they are registered.
@NullMarked
package dev.firstpass.server.upload;

import org.jspecify.annotations.NullMarked;
