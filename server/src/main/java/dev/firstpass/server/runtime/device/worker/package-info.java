/// The device host whose engines run in a process of their own, and that process.
@NullMarked
package dev.firstpass.server.runtime.device.worker;

import org.jspecify.annotations.NullMarked;
