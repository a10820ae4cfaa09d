/// What the commands have in common: how they are started, and the options that several of them take.
@NullMarked
package dev.firstpass.loadtest.command;

import org.jspecify.annotations.NullMarked;
