/// Pages and charts of load tests, that need nothing else: no script, no other file.
@NullMarked
package dev.firstpass.loadtest.report;

import org.jspecify.annotations.NullMarked;
