package dev.firstpass.postprocess.family;

/// What one row's tensors hold, whatever their layout: candidates numbered from 0, each with the class that it is most
/// likely of, a box in pixels of the row's image, and further numbers (mask coefficients, joints, an angle).
///
/// For one thread, valid as long as the tensors.
interface YoloCandidates {
    /// How many there are, before any threshold.
    int count();

    /// Checks every value that could count, and hands on the candidates whose score is at least `floor`, each once.
    /// Called first, once.
    ///
    /// @throws OutputInvalidException if a value is not what it must be
    void from(float floor, Outputs.Taker taker);

    /// The class of a candidate that was handed on.
    int classOf(int candidate);

    /// Its box: centre, width and height.
    void box(int candidate, double[] into);

    /// One of its further numbers.
    float extra(int candidate, int which);

    /// Turns corners into centre, width and height; sides that are turned round have no length.
    static void centred(double left, double top, double right, double bottom, double[] into) {
        into[0] = (left + right) / 2;
        into[1] = (top + bottom) / 2;
        into[2] = Math.max(0, right - left);
        into[3] = Math.max(0, bottom - top);
    }
}
