/// Signatures of bundles: which keys are trusted, and what they have signed.
@NullMarked
package dev.firstpass.registry.signature;

import org.jspecify.annotations.NullMarked;
