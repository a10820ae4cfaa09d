/// Which batch sizes, sessions and threads suit a model version on this machine: runs it in all ways that make sense.
@NullMarked
package dev.firstpass.server.tuning;

import org.jspecify.annotations.NullMarked;
