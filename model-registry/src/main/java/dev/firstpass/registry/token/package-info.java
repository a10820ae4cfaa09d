/// Tokens of the API: what callers show, what they may do with it, and what is kept of them.
@NullMarked
package dev.firstpass.registry.token;

import org.jspecify.annotations.NullMarked;
