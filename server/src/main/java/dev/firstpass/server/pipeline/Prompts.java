package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import java.util.List;

/// Whether a prompt is one that a model can be asked with.
///
/// Pure functions.
final class Prompts {
    private Prompts() {}

    /// @throws FailureException ARGUMENT_INVALID where a prompt is missing, or there is one of which nothing would come
    static void require(Prompt prompt, ModelFamily family) {
        boolean isThere = !(prompt instanceof Prompt.None);
        if (family.takesPrompt() && !isThere) {
            throw refusal(
                    "prompt", "prompt: none (expected: points or a box, since the model finds what is pointed at)");
        }
        if (!family.takesPrompt() && isThere) {
            throw refusal("prompt", "prompt: given (expected: none, since the model looks at all of the asset)");
        }
    }

    /// @throws FailureException ARGUMENT_INVALID where a model looks at assets without a prompt, and so only once
    static void requirePrompted(ModelFamily family) {
        if (!family.takesPrompt()) {
            throw refusal("model", "model: of family " + family.id() + " (expected: one that takes prompts)");
        }
    }

    /// A click may lie on the asset's edge; a box may reach over it.
    ///
    /// @throws FailureException ARGUMENT_INVALID with what lies outside
    static void requireWithin(Prompt prompt, ImageSize asset) {
        List<Prompt.Click> clicks = prompt.clicks();
        for (int i = 0; i < clicks.size(); i++) {
            Point at = clicks.get(i).at();
            boolean isWithin = at.x() >= 0 && at.y() >= 0 && at.x() <= asset.width() && at.y() <= asset.height();
            if (!isWithin) {
                String field = "prompt.points[" + i + "]";
                throw refusal(
                        field, field + ": " + at.x() + ", " + at.y() + " (expected: within " + words(asset) + ")");
            }
        }
        if (prompt instanceof Prompt.Box box && box.box().clippedTo(asset).area() == 0) {
            Rect rect = box.box();
            throw refusal(
                    "prompt.box",
                    "prompt.box: " + rect.width() + "x" + rect.height() + " at " + rect.x() + ", " + rect.y()
                            + " (expected: at least a part within " + words(asset) + ")");
        }
    }

    private static String words(ImageSize asset) {
        return "the asset of " + asset.width() + "x" + asset.height();
    }

    private static FailureException refusal(String field, String detail) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, field, detail).asException();
    }
}
