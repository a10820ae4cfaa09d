@NullMarked
package dev.firstpass.server.ledger;

import org.jspecify.annotations.NullMarked;
