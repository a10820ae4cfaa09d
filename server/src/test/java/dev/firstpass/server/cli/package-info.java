@NullMarked
package dev.firstpass.server.cli;

import org.jspecify.annotations.NullMarked;
