/// Benchmarks of a whole server. They print ratios, and nothing fails on them.
@NullMarked
package dev.firstpass.loadtest;

import org.jspecify.annotations.NullMarked;
