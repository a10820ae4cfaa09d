/// The rollout gate: two versions of a model under the same load, in turn, and a verdict.
@NullMarked
package dev.firstpass.loadtest.gate;

import org.jspecify.annotations.NullMarked;
