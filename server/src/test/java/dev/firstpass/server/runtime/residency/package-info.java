/// Who stays in memory, in virtual time.
@NullMarked
package dev.firstpass.server.runtime.residency;

import org.jspecify.annotations.NullMarked;
