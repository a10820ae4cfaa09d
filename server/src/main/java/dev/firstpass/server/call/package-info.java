/// Who asks, how urgently, and until when: what every part of the walk may know of a request.
@NullMarked
package dev.firstpass.server.call;

import org.jspecify.annotations.NullMarked;
