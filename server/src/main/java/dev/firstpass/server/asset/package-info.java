/// Getting the bytes of one image from wherever the caller says they are.
@NullMarked
package dev.firstpass.server.asset;

import org.jspecify.annotations.NullMarked;
