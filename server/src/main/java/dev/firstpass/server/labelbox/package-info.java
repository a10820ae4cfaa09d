/// Sends rows to Labelbox as pre-labels, at the command of whoever holds the key. Nothing of a running server is in here, and
/// no server calls it.
@NullMarked
package dev.firstpass.server.labelbox;

import org.jspecify.annotations.NullMarked;
