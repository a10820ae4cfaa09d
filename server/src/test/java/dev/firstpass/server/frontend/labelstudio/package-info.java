@NullMarked
package dev.firstpass.server.frontend.labelstudio;

import org.jspecify.annotations.NullMarked;
