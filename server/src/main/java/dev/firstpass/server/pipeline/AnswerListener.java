package dev.firstpass.server.pipeline;

/// Hears how requests ended that had got as far as a version.
///
/// @implSpec thread-safe; takes no time, since it is called on the request's thread; throws nothing
public interface AnswerListener {
    /// Hears nothing.
    AnswerListener NONE = new AnswerListener() {
        @Override
        public void answered(Answered answer) {}

        @Override
        public void failed(PrelabelRequest request, String asset, Choice choice, RuntimeException failure) {}
    };

    void answered(Answered answer);

    /// @param asset the caller's identifier of it, or its digest
    /// @param failure as `failure.Failures` maps it
    void failed(PrelabelRequest request, String asset, Choice choice, RuntimeException failure);
}
