/// Parts of the pages that commands and doors write.
@NullMarked
package dev.firstpass.server.page;

import org.jspecify.annotations.NullMarked;
