package dev.firstpass.server.runtime.device.nvidia;

/// NVML does not answer. The message names the function and NVML's reason.
public final class NvmlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NvmlException(String message) {
        super(message);
    }
}
