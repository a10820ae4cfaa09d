package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;

/// Text read from left to right by connectionist temporal classification (Graves et al., 2006): of each step the likeliest
/// character, repeats as one, what stands between characters left out.
///
/// | column | content |
/// |---|---|
/// | 0 | between characters |
/// | 1 to n | the characters |
/// | n + 1 | a blank, where there is such a column |
///
/// Source: PaddleOCR, `ppocr/postprocess/rec_postprocess.py` (`CTCLabelDecode`).
///
/// Immutable.
///
/// @param score the mean probability of the characters; 0 where there are none
record CtcText(String text, double score) {
    /// @param tensor [1,T,C], probabilities
    /// @param characters each a code point
    /// @throws OutputInvalidException if the tensor has another shape, or other numbers
    static CtcText of(Tensor tensor, int[] characters) {
        Shape shape = tensor.shape();
        boolean fits = shape.rank() == 3
                && shape.extent(0) == 1
                && (shape.extent(2) == characters.length + 1 || shape.extent(2) == characters.length + 2)
                && shape.elements() <= Integer.MAX_VALUE;
        if (!fits) {
            throw new OutputInvalidException("output " + tensor.name() + ": " + shape + " (expected: [1,steps,"
                    + (characters.length + 1) + "] or one more, for the " + characters.length
                    + " of parameters.characters)");
        }
        float[] step = new float[(int) shape.extent(2)];
        StringBuilder text = new StringBuilder();
        double sum = 0;
        int count = 0;
        int last = 0;
        for (int i = 0; i < shape.extent(1); i++) {
            Outputs.readProbabilities(tensor, (long) i * step.length, step);
            int best = 0;
            for (int column = 1; column < step.length; column++) {
                best = step[column] > step[best] ? column : best;
            }
            if (best != 0 && best != last) {
                text.appendCodePoint(best <= characters.length ? characters[best - 1] : ' ');
                sum += step[best];
                count++;
            }
            last = best;
        }
        return new CtcText(text.toString(), count == 0 ? 0 : sum / count);
    }
}
