/// The schedule of batches in virtual time, against others: `loadtest/batching.sh`.
@NullMarked
package dev.firstpass.server.runtime.batch.schedule.simulation;

import org.jspecify.annotations.NullMarked;
