/// Tests of trials.
@NullMarked
package dev.firstpass.server.validation;

import org.jspecify.annotations.NullMarked;
