package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.frontend.TestVersions;
import java.util.List;
import java.util.Map;

/// Models as they are described to those who bring tensors.
public final class DescribedModels {
    private DescribedModels() {}

    /// Version 2 of `coco` with such tensors.
    public static TensorModel of(List<TensorInfo> inputs, List<TensorInfo> outputs, Map<String, String> metadata) {
        var version = TestVersions.version("coco", 2);
        return TensorModel.of(
                version, version.manifest().spec().firstStage(), new ModelSignature(inputs, outputs, metadata));
    }
}
