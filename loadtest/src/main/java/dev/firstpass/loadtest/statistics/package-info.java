/// Figures, and how sure they are.
@NullMarked
package dev.firstpass.loadtest.statistics;

import org.jspecify.annotations.NullMarked;
