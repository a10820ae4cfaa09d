/// NVIDIA GPUs, seen from the server, which never loads CUDA for it: which one a name means, and how full it is.
@NullMarked
package dev.firstpass.server.runtime.device.nvidia;

import org.jspecify.annotations.NullMarked;
