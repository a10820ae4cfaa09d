/// Which rows run next, where and how many together: decisions alone, without threads, clocks or memory of devices
/// (docs/batching.md).
@NullMarked
package dev.firstpass.server.runtime.batch.schedule;

import org.jspecify.annotations.NullMarked;
