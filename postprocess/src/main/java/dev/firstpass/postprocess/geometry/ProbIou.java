package dev.firstpass.postprocess.geometry;

/// How far two rotated boxes overlap, by the Gaussians that they stand for: 1 minus the Hellinger distance (Llerena et
/// al., "Gaussian Bounding Boxes and Probabilistic Intersection-over-Union for Object Detection", 2021), in the
/// arithmetic of Ultralytics (`batch_probiou` in ultralytics/utils/metrics.py), whose OBB models are trained and
/// suppressed by it: a box of w x h counts as variances w^2 / 12 and h^2 / 12 along its sides.
///
/// It is no intersection over union: equal boxes have 0.99955 (a small number keeps logarithms finite), boxes far apart
/// about -5e-8, and a square is equal to itself at any angle. The intersection over union of the boxes themselves is that of [Areas].
///
/// Pure functions.
public final class ProbIou {
    private static final double EPSILON = 1e-7;
    private static final double FARTHEST = 100;

    private ProbIou() {}

    public static double of(RotatedRect first, RotatedRect second) {
        double cos1 = Math.cos(Math.toRadians(first.angle()));
        double sin1 = Math.sin(Math.toRadians(first.angle()));
        double cos2 = Math.cos(Math.toRadians(second.angle()));
        double sin2 = Math.sin(Math.toRadians(second.angle()));
        double w1 = first.width() * first.width() / 12;
        double h1 = first.height() * first.height() / 12;
        double w2 = second.width() * second.width() / 12;
        double h2 = second.height() * second.height() / 12;
        double a1 = w1 * cos1 * cos1 + h1 * sin1 * sin1;
        double b1 = w1 * sin1 * sin1 + h1 * cos1 * cos1;
        double c1 = (w1 - h1) * cos1 * sin1;
        double a2 = w2 * cos2 * cos2 + h2 * sin2 * sin2;
        double b2 = w2 * sin2 * sin2 + h2 * cos2 * cos2;
        double c2 = (w2 - h2) * cos2 * sin2;
        return ofNormals(a1, b1, c1, a2, b2, c2, second.cx() - first.cx(), first.cy() - second.cy());
    }

    /// The same of the two normal distributions themselves, for who has worked them out before: variance across, variance
    /// down and covariance of each, and how far apart their centres are.
    public static double ofNormals(
            double a1, double b1, double c1, double a2, double b2, double c2, double dx, double dy) {
        double a = a1 + a2;
        double b = b1 + b2;
        double c = c1 + c2;
        double determinant = a * b - c * c;
        double t1 = (a * dy * dy + b * dx * dx) / (determinant + EPSILON) * 0.25;
        double t2 = c * dx * dy / (determinant + EPSILON) * 0.5;
        double own = Math.max(0, a1 * b1 - c1 * c1) * Math.max(0, a2 * b2 - c2 * c2);
        double t3 = Math.log(determinant / (4 * Math.sqrt(own) + EPSILON) + EPSILON) * 0.5;
        double distance = Math.clamp(t1 + t2 + t3, EPSILON, FARTHEST);
        return 1 - Math.sqrt(1 - Math.exp(-distance) + EPSILON);
    }
}
