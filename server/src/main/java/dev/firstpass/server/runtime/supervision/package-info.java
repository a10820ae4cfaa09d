/// What notices that something goes wrong in a worker time after time, and what is done about it.
@NullMarked
package dev.firstpass.server.runtime.supervision;

import org.jspecify.annotations.NullMarked;
