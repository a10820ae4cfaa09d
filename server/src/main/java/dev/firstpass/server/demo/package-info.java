/// What the demo shows: real models, fetched from public packages by the user's own package managers, and photos.
@NullMarked
package dev.firstpass.server.demo;

import org.jspecify.annotations.NullMarked;
