/// Load on a server in open loop: requests are sent when they are due, whatever became of the ones before, and their
/// latency counts from that moment.
@NullMarked
package dev.firstpass.loadtest.drive;

import org.jspecify.annotations.NullMarked;
