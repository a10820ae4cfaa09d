/// The walk: one request from asset reference to label bytes, as one method.
@NullMarked
package dev.firstpass.server.pipeline;

import org.jspecify.annotations.NullMarked;
