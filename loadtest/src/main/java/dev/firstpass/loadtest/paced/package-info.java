/// An engine that runs no model but takes as long as a GPU would, and servers with it: what a machine without GPUs can
/// tell about batches, deadlines and overload. None of it is in the server that users start.
@NullMarked
package dev.firstpass.loadtest.paced;

import org.jspecify.annotations.NullMarked;
