package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.cvat.CvatFrontend;
import dev.firstpass.server.frontend.grpc.GrpcFrontend;
import dev.firstpass.server.frontend.grpc.GrpcRegistryFrontend;
import dev.firstpass.server.frontend.http.AliasFrontend;
import dev.firstpass.server.frontend.http.AuditFrontend;
import dev.firstpass.server.frontend.http.CatalogueFrontend;
import dev.firstpass.server.frontend.http.DescriptionFrontend;
import dev.firstpass.server.frontend.http.LoginFrontend;
import dev.firstpass.server.frontend.http.MetricsFrontend;
import dev.firstpass.server.frontend.http.ModelsFrontend;
import dev.firstpass.server.frontend.http.OpeningFrontend;
import dev.firstpass.server.frontend.http.OperationsFrontend;
import dev.firstpass.server.frontend.http.PageFrontend;
import dev.firstpass.server.frontend.http.PredictionFrontend;
import dev.firstpass.server.frontend.http.PrelabelFrontend;
import dev.firstpass.server.frontend.http.ProbesFrontend;
import dev.firstpass.server.frontend.http.ProjectAdminFrontend;
import dev.firstpass.server.frontend.http.ProjectsFrontend;
import dev.firstpass.server.frontend.http.RetentionFrontend;
import dev.firstpass.server.frontend.http.RolloutFrontend;
import dev.firstpass.server.frontend.http.SamplesFrontend;
import dev.firstpass.server.frontend.http.StatusFrontend;
import dev.firstpass.server.frontend.http.TokensFrontend;
import dev.firstpass.server.frontend.http.UploadsFrontend;
import dev.firstpass.server.frontend.http.ValidationFrontend;
import dev.firstpass.server.frontend.http.VersionsFrontend;
import dev.firstpass.server.frontend.labelstudio.LabelStudioFrontend;
import dev.firstpass.server.frontend.openinference.OpenInferenceFrontend;
import dev.firstpass.server.frontend.openinference.OpenInferenceGrpcFrontend;
import dev.firstpass.server.frontend.roboflow.RoboflowFrontend;
import dev.firstpass.server.frontend.tfserving.TfServingFrontend;
import dev.firstpass.server.frontend.xanylabeling.XAnyLabelingFrontend;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/// The doors of each listener: a new one is one file and one line here.
///
/// Immutable.
public final class Frontends {
    /// For those who label, and their tools.
    public static final List<Frontend> DATA = List.of(
            new PrelabelFrontend(),
            new OpeningFrontend(),
            new CatalogueFrontend(),
            new ProjectsFrontend(),
            new GrpcFrontend(),
            new OpenInferenceFrontend(),
            new OpenInferenceGrpcFrontend(),
            new TfServingFrontend(),
            new CvatFrontend(),
            new XAnyLabelingFrontend(),
            new RoboflowFrontend(),
            new LabelStudioFrontend(),
            new DescriptionFrontend("openapi/data.yaml"),
            new PageFrontend("page/"),
            new LoginFrontend(),
            new SamplesFrontend("samples/"),
            new ProbesFrontend());

    /// For those who run the server.
    public static final List<Frontend> MANAGEMENT = List.of(
            new ModelsFrontend(),
            new VersionsFrontend(),
            new AliasFrontend(),
            new UploadsFrontend(),
            new OperationsFrontend(),
            new GrpcRegistryFrontend(),
            new RolloutFrontend(),
            new RetentionFrontend(),
            new ProjectAdminFrontend(),
            new ValidationFrontend(),
            new AuditFrontend(),
            new TokensFrontend(InstantSource.system()),
            new PredictionFrontend(),
            new MetricsFrontend(),
            new StatusFrontend(),
            new DescriptionFrontend("openapi/management.yaml"),
            new PageFrontend(
                    "console/", "page/", Set.of("base.css", "dom.js", "favicon.svg", "session.js", "theme.js")),
            new LoginFrontend(),
            new ProbesFrontend());

    private Frontends() {}
}
