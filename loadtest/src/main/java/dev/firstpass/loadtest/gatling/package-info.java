/// Load tests with Gatling: `loadtest/load`.
@NullMarked
package dev.firstpass.loadtest.gatling;

import org.jspecify.annotations.NullMarked;
