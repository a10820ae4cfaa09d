/// The only way from hostile bytes to pixels and rows, and from annotations to overlay pictures. OpenCV lives here
/// alone.
@NullMarked
package dev.firstpass.server.image;

import org.jspecify.annotations.NullMarked;
