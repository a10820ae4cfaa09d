package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.loadtest.drive.HttpDoor;
import dev.firstpass.loadtest.drive.TensorDoor;
import java.net.URI;
import java.time.Duration;

/// A way into a server, and the pictures that it takes.
///
/// Immutable.
enum Way {
    /// Files, which the server decodes.
    IMAGES {
        @Override
        Door door(URI url, Duration patience) {
            return new HttpDoor(url, patience);
        }

        @Override
        Marked pictures(int side) {
            return new MarkedImage(side);
        }
    },
    /// Raw tensors, which it does not.
    TENSORS {
        @Override
        Door door(URI url, Duration patience) {
            return new TensorDoor(url, "image", patience);
        }

        @Override
        Marked pictures(int side) {
            return new MarkedPixels(side);
        }
    };

    /// Who makes it closes it.
    abstract Door door(URI url, Duration patience);

    /// @param side in pixels
    abstract Marked pictures(int side);
}
