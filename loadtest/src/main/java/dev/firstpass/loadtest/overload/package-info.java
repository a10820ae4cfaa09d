/// What a server does on virtual GPUs with more work than they can do, in real time and through its doors.
@NullMarked
package dev.firstpass.loadtest.overload;

import org.jspecify.annotations.NullMarked;
