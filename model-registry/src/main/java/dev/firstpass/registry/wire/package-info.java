/// Reading hostile protobuf files in one pass, without holding what is not wanted.
@NullMarked
package dev.firstpass.registry.wire;

import org.jspecify.annotations.NullMarked;
