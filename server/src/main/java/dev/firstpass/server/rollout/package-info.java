/// What an alias' rollout shows: how each arm does, whether the canary is stopped, and how far a shadow agrees.
@NullMarked
package dev.firstpass.server.rollout;

import org.jspecify.annotations.NullMarked;
