/// What was found when a version was tried out.
@NullMarked
package dev.firstpass.registry.validation;

import org.jspecify.annotations.NullMarked;
