package dev.firstpass.server.image;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.List;

/// Finds places for label tags: inside the picture, close to what they name, and not on one another where there is
/// room.
///
/// Greedy: each tag takes the best place that is left, so the important ones should come first. Of the places
/// around its object and just inside it, the first that is free wins; with none free, the one that hides least. A
/// tag larger than the picture is put at its top left.
///
/// For one thread; one picture per object.
final class TagLayout {
    private final ImageSize picture;
    private final List<Rect> objects;
    private final List<Rect> placed = new ArrayList<>();

    /// @param objects bounds of all that is drawn, in picture pixels; tags that can choose keep off them
    TagLayout(ImageSize picture, List<Rect> objects) {
        this.picture = picture;
        this.objects = List.copyOf(objects);
    }

    /// A place at the object's edge: above it by preference, else inside, below or near.
    Rect beside(Rect object, ImageSize tag) {
        double left = object.x();
        double right = object.right() - tag.width();
        double middle = (left + right) / 2;
        double above = object.y() - tag.height();
        List<Rect> places = new ArrayList<>();
        for (double y : new double[] {above, object.y(), object.bottom(), object.bottom() - tag.height()}) {
            for (double x : new double[] {left, right, middle}) {
                places.add(within(x, y, tag));
            }
        }
        for (int step = 1; step <= 6; step++) {
            double down = (double) step * tag.height();
            places.add(within(left, above - down, tag));
            places.add(within(left, object.y() + down, tag));
            places.add(within(object.right(), above + down, tag));
            places.add(within(left - tag.width(), above + down, tag));
        }
        return take(places, List.of());
    }

    /// A place at the object's edge that keeps off all objects where it can: for many tags among many objects,
    /// such as lines of text.
    Rect outside(Rect object, ImageSize tag) {
        double centre = object.y() + (object.height() - tag.height()) / 2;
        double above = object.y() - tag.height();
        return take(
                List.of(
                        within(object.x() - tag.width(), centre, tag),
                        within(object.right(), centre, tag),
                        within(object.x(), above, tag),
                        within(object.right() - tag.width(), above, tag),
                        within(object.x(), object.bottom(), tag),
                        within(object.right() - tag.width(), centre, tag)),
                objects);
    }

    /// A place in that corner of the picture where it hides least.
    Rect corner(ImageSize tag) {
        double right = picture.width() - (double) tag.width();
        double bottom = picture.height() - (double) tag.height();
        return take(
                List.of(
                        within(0, 0, tag),
                        within(right, 0, tag),
                        within(0, bottom, tag),
                        within(right, bottom, tag),
                        within(0, tag.height(), tag),
                        within(right, tag.height(), tag),
                        within(0, 2.0 * tag.height(), tag),
                        within(0, 3.0 * tag.height(), tag)),
                objects);
    }

    private Rect take(List<Rect> places, List<Rect> avoided) {
        Rect best = places.getFirst();
        double least = Double.POSITIVE_INFINITY;
        for (Rect place : places) {
            // To hide another tag is worse than to hide a part of an object.
            double hidden = 4 * overlap(place, placed) + overlap(place, avoided);
            if (hidden < least) {
                least = hidden;
                best = place;
            }
        }
        placed.add(best);
        return best;
    }

    private Rect within(double x, double y, ImageSize tag) {
        double left = Math.max(0, Math.min(x, picture.width() - (double) tag.width()));
        double top = Math.max(0, Math.min(y, picture.height() - (double) tag.height()));
        return new Rect(left, top, tag.width(), tag.height());
    }

    private static double overlap(Rect place, List<Rect> others) {
        double hidden = 0;
        for (Rect other : others) {
            double w = Math.min(place.right(), other.right()) - Math.max(place.x(), other.x());
            double h = Math.min(place.bottom(), other.bottom()) - Math.max(place.y(), other.y());
            hidden += w > 0 && h > 0 ? w * h : 0;
        }
        return hidden;
    }
}
