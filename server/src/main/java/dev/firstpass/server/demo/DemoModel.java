package dev.firstpass.server.demo;

/// A trained model that lies in a public package.
///
/// Immutable.
///
/// @param name what it is registered as
/// @param summary what it finds, one line
/// @param source the package
/// @param packageSha256 of the package file, 64 hex digits
/// @param contents what of the package is wanted
/// @param fileName of the model file that comes out
/// @param fileSha256 of that file, 64 hex digits
/// @param licence SPDX id of the weights' licence
public record DemoModel(
        String name,
        String summary,
        PackageSource source,
        String packageSha256,
        Contents contents,
        String fileName,
        String fileSha256,
        String licence) {

    /// The part of a package that holds the model.
    public sealed interface Contents {
        /// One entry, an ONNX model as it is.
        record OnnxEntry(String path) implements Contents {}

        /// A TensorFlow.js folder with SSD MobileNet V2 on COCO, which is imported as ONNX.
        ///
        /// @param path of the folder, ending in a slash
        record CocoSsdFolder(String path) implements Contents {}
    }
}
