package dev.firstpass.server.e2e;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.image.OverlayPainter;
import dev.firstpass.server.image.Raster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A process of its own that paints a box with its label over a photo and writes the picture to the file that it is
/// given.
final class OverlayOfOneBox {
    private OverlayOfOneBox() {}

    public static void main(String[] arguments) throws Exception {
        try (Raster photo = new ImageDecoder(ImageLimits.DEFAULT).decode(Goldens.photo("dog.jpg"))) {
            Files.write(
                    Path.of(arguments[0]),
                    new OverlayPainter()
                            .paint(
                                    photo,
                                    List.of(new Annotation.Box(
                                            new Candidate(0, "dog", 0.9), new Rect(100, 100, 200, 200)))));
        }
    }
}
