/// Which model versions hold a device's memory: accounts, popularity and who makes room for whom.
@NullMarked
package dev.firstpass.server.runtime.residency;

import org.jspecify.annotations.NullMarked;
