/// The prediction ledger: which answers were given, by which version, and when.
@NullMarked
package dev.firstpass.server.ledger;

import org.jspecify.annotations.NullMarked;
