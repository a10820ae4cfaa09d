package dev.firstpass.server.frontend.listen;

import dev.firstpass.server.frontend.Frontend;
import dev.firstpass.server.frontend.grpc.GrpcFrontend;
import dev.firstpass.server.frontend.http.AuditFrontend;
import dev.firstpass.server.frontend.http.CatalogueFrontend;
import dev.firstpass.server.frontend.http.DescriptionFrontend;
import dev.firstpass.server.frontend.http.MetricsFrontend;
import dev.firstpass.server.frontend.http.PageFrontend;
import dev.firstpass.server.frontend.http.PredictionFrontend;
import dev.firstpass.server.frontend.http.PrelabelFrontend;
import dev.firstpass.server.frontend.http.ProbesFrontend;
import dev.firstpass.server.frontend.http.RegistryFrontend;
import dev.firstpass.server.frontend.http.RolloutFrontend;
import dev.firstpass.server.frontend.http.SamplesFrontend;
import dev.firstpass.server.frontend.http.StatusFrontend;
import java.util.List;

/// The doors of each listener: a new one is one file and one line here.
///
/// Immutable.
public final class Frontends {
    /// For those who label, and their tools.
    public static final List<Frontend> DATA = List.of(
            new PrelabelFrontend(),
            new CatalogueFrontend(),
            new GrpcFrontend(),
            new DescriptionFrontend("openapi/data.yaml"),
            new PageFrontend("page/"),
            new SamplesFrontend("samples/"),
            new ProbesFrontend());

    /// For those who run the server.
    public static final List<Frontend> MANAGEMENT = List.of(
            new RegistryFrontend(),
            new RolloutFrontend(),
            new AuditFrontend(),
            new PredictionFrontend(),
            new MetricsFrontend(),
            new StatusFrontend(),
            new DescriptionFrontend("openapi/management.yaml"),
            new ProbesFrontend());

    private Frontends() {}
}
