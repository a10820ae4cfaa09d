/// The page to try a model, driven in a real browser.
@NullMarked
package dev.firstpass.server.page;

import org.jspecify.annotations.NullMarked;
