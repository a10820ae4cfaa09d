package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;
import static dev.firstpass.server.config.Setting.setting;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.ledger.LedgerLimits;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/// Everything that `serve` can be told, read once at start: the settings of [#KNOWN], from the command line, else the
/// environment, else a file, else their defaults.
///
/// Immutable.
///
/// @param data directory of the registry; empty takes the usual one
/// @param registry where it is kept, and whose signatures count
/// @param modelDir a model to register and serve at start, or a folder of models
/// @param modelName the name it gets; empty takes the directory's
public record ServerSettings(
        Optional<Path> data,
        RegistrySettings registry,
        Optional<Path> modelDir,
        Optional<String> modelName,
        ServerConfig listening,
        RuntimeConfig runtime) {
    private static final SettingKind<Integer> PORT = SettingKind.whole(0, 65_535);
    private static final SettingKind<Integer> THREADS = SettingKind.whole(1, 4096);
    private static final SettingKind<Long> SLAB = SettingKind.bytes("1MiB", "1024GiB");
    private static final SettingKind<Duration> TIME = SettingKind.duration("1ms");

    private static final Setting<Path> DATA =
            optional("data", SettingKind.PATH, "`~/.local/share/firstpass`", "Where the registry is kept.");
    private static final Setting<String> HOST =
            setting("host", SettingKind.TEXT, "127.0.0.1", "Address of the data listener: pre-labels and the page.");
    private static final Setting<Integer> DATA_PORT = setting("port", PORT, "8080", "Its port; 0 takes any free one.");
    private static final Setting<String> ADMIN_HOST = setting(
            "admin-host", SettingKind.TEXT, "127.0.0.1", "Address of the management listener: registry and metrics.");
    private static final Setting<Integer> ADMIN_PORT =
            setting("admin-port", PORT, "8081", "Its port; 0 takes any free one.");
    private static final Setting<Integer> GRPC_PORT =
            optional("grpc-port", PORT, "none", "One more port of the data listener, for gRPC by habit.");
    private static final Setting<List<String>> HOST_NAMES = setting(
            "host-names",
            SettingKind.WORDS,
            "",
            "Names, beside loopback's and the address itself, that clients may use for both listeners.");
    private static final Setting<List<String>> ORIGINS = setting(
            "origins",
            SettingKind.WORDS,
            "",
            "Web origins, beside the server's own, whose pages may call it: `https://labels.example.org`.");
    private static final Setting<Authentication> AUTHENTICATION = setting(
            "security.authentication",
            new SettingKind<>("none or tokens", ServerSettings::authentication),
            "none",
            "How callers are told apart: not at all, or by the tokens that `firstpass token create` makes.");
    private static final Setting<Boolean> INSECURE = setting(
            "insecure",
            SettingKind.FLAG,
            "false",
            "Lets a listener be reached from other machines, although callers are not authenticated.");
    private static final Setting<Path> MODEL_DIR = optional(
            "model-dir", SettingKind.PATH, "none", "A model to register and serve at start, or a folder of models.");
    private static final Setting<String> MODEL_NAME =
            optional("model-name", SettingKind.TEXT, "the directory's", "The name that model gets.");

    private static final Setting<Isolation> ISOLATION = setting(
            "isolation",
            new SettingKind<>("in-process or worker", ServerSettings::isolation),
            "worker",
            "Where models run: in walled worker processes, or in the server's own process, without walls.");
    private static final Setting<Sandbox> SANDBOX = setting(
            "sandbox",
            new SettingKind<>("required or best-effort", ServerSettings::sandbox),
            "required",
            "Where worker processes cannot be walled in: stop, or go on without walls; means nothing in-process.");
    private static final Setting<List<ModelName>> SHARED = setting(
            "shared",
            new SettingKind<>("names of models, as a list or with commas", ServerSettings::names),
            "",
            "Models of the tenant `local` that every tenant may use: each gets workers and memory of its own, unless in-process.");
    private static final Setting<List<String>> DEVICES = setting(
            "devices",
            new SettingKind<>(
                    "auto, or devices, each once, as a list or with commas: cuda:0, cuda:1, cpu",
                    ServerSettings::devices),
            "auto",
            "What models run on: all GPUs of the list, else the CPU; `auto` is the first GPU in a build for GPUs, else the CPU.");
    private static final Setting<Map<ModelName, List<String>>> PLACEMENT = setting(
            "placement",
            new SettingKind<>(
                    "pairs of model and device, each once, as a list or with commas: weeds=cuda:1",
                    ServerSettings::placement),
            "",
            "Models that run on other devices than the usual ones; one with several entries runs on each of them.");
    private static final Setting<Long> CUDA_ONNX_BYTES = optional(
            "cuda.onnx-bytes",
            SettingKind.bytes("64MiB", "1024GiB"),
            "no limit",
            "Memory of a GPU that each loaded ONNX model may take for its arena.");
    private static final Setting<Long> CUDA_TENSORFLOW_BYTES = optional(
            "cuda.tensorflow-bytes",
            SettingKind.bytes("64MiB", "1024GiB"),
            "no limit",
            "Memory of a GPU that all TensorFlow models together may take.");
    private static final Setting<Integer> CPU_PERMITS = optional(
            "runtime.cpu-permits", THREADS, "one per core", "Threads that decode images or read outputs at a time.");
    private static final Setting<Integer> ENGINE_SESSIONS = optional(
            "runtime.engine-sessions",
            SettingKind.whole(1, 256),
            "one per core up to 7, 4 or 5 beyond",
            "Runs that each model may have at a time on the CPU; weights are held once.");
    private static final Setting<Integer> ENGINE_THREADS = optional(
            "runtime.engine-threads",
            THREADS,
            "the cores, shared out among the runs",
            "Threads that one model run may use.");
    private static final Setting<Long> ROW_BYTES =
            setting("runtime.row-bytes", SLAB, "512MiB", "Room for model inputs that wait or run.");
    private static final Setting<Long> RESULT_BYTES =
            setting("runtime.result-bytes", SLAB, "512MiB", "Room for model outputs that are being read.");
    private static final Setting<Long> CACHE_BYTES = setting(
            "runtime.cache-bytes",
            SettingKind.bytes("0B", "1024GiB"),
            "64MiB",
            "Room for findings that may be asked for again, and for what was written of them; 0 keeps none.");
    private static final Setting<Long> EMBEDDING_BYTES = setting(
            "runtime.embedding-bytes",
            SettingKind.bytes("0B", "1024GiB"),
            "64MiB",
            "Room for what encoders made of images, 4 MiB each, so that the next prompt waits for the decoder alone; 0 keeps none.");
    private static final Setting<Long> ASSET_BYTES = setting(
            "runtime.asset-bytes",
            SettingKind.bytes("0B", "1024GiB"),
            "64MiB",
            "Room for images that were opened for prompts, so that they need not be sent with each of them; 0 holds none.");
    private static final Setting<Duration> ASSET_EXPIRY = setting(
            "runtime.asset-expiry", TIME, "30m", "How long an image is held that was opened and that nobody asks for.");
    private static final Setting<Long> REFUSAL_BYTES = setting(
            "runtime.refusal-bytes",
            SettingKind.bytes("0B", "1GiB"),
            "4MiB",
            "Room for what is wrong with broken images, which are then refused at once; 0 keeps none.");
    private static final Setting<Duration> REFUSAL_EXPIRY = setting(
            "runtime.refusal-expiry", TIME, "10m", "How long a broken image is refused without another look at it.");
    private static final Setting<Integer> QUEUE_CAPACITY = setting(
            "runtime.queue-capacity",
            SettingKind.whole(1, 1_000_000),
            "256",
            "Model inputs that may wait in front of one model; more are refused as OVERLOADED.");

    private static final Setting<Long> MEMORY = optional(
            "runtime.memory",
            SettingKind.bytes("1MiB", "1024GiB"),
            "half of the machine's; nine tenths of what a GPU has free",
            "Memory that loaded models may hold of each device; where it is short, those that are missed least are unloaded.");
    private static final Setting<List<ModelRef>> PINNED = setting(
            "runtime.pinned",
            new SettingKind<>(
                    "models, `name`, `name@7` or `name@alias`, as a list or with commas", ServerSettings::refs),
            "",
            "Models that are never unloaded to make room for others.");
    private static final Setting<Duration> RUN_LIMIT = setting(
            "runtime.run-limit",
            TIME,
            "60s",
            "How long one run of a model may take; it is ended then, with its worker process if need be.");
    private static final Setting<Duration> GUARD_PERIOD = setting(
            "runtime.guard-period",
            SettingKind.duration("0s"),
            "15m",
            "How long after a version got an alias it loses it again if it crashes time after time; 0s: never.");

    private static final Setting<Long> MAX_PIXELS = setting(
            "images.max-pixels",
            SettingKind.count(1, 10_000_000_000L),
            "100000000",
            "Most pixels of an image, width times height.");
    private static final Setting<Long> MAX_DECODED_BYTES = setting(
            "images.max-decoded-bytes",
            SettingKind.bytes("1B", "64GiB"),
            "512MiB",
            "Most bytes of an image's pixels: pixels, bands and sample size.");
    private static final Setting<Integer> MAX_SIDE =
            setting("images.max-side", SettingKind.whole(1, 1_000_000), "65535", "Longest side of an image in pixels.");

    private static final Setting<Long> MAX_BODY_BYTES = setting(
            "limits.max-body-bytes",
            SettingKind.bytes("1B", "1GiB"),
            "64MiB",
            "Longest request for pre-labels, over HTTP and gRPC.");
    private static final Setting<Long> MAX_UPLOAD_BYTES = setting(
            "limits.max-upload-bytes", SettingKind.bytes("1B", "1024GiB"), "8GiB", "Largest model that can be sent.");
    private static final Setting<Integer> MAX_UPLOADS = setting(
            "uploads.max-sessions",
            SettingKind.whole(1, 10_000),
            "64",
            "Models that may be under way, or wait to be registered.");
    private static final Setting<Long> MAX_UPLOADED_BYTES = setting(
            "uploads.max-bytes",
            SettingKind.bytes("1B", "1024GiB"),
            "32GiB",
            "Room on the disk for all of those together.");
    private static final Setting<Duration> UPLOAD_EXPIRY =
            setting("uploads.expiry", SettingKind.duration("1s"), "24h", "How long one is kept after its last byte.");
    private static final Setting<Duration> BODY_TIMEOUT = setting(
            "limits.body-timeout",
            TIME,
            "60s",
            "How long a request may take to come in; for a model, how long between two pieces.");
    private static final Setting<Duration> TIMEOUT =
            setting("limits.timeout", TIME, "30s", "How long a request for pre-labels may take if it names no time.");
    private static final Setting<Duration> MAX_TIMEOUT =
            setting("limits.max-timeout", TIME, "10m", "The longest that it may name.");
    private static final Setting<Duration> IDLE_TIMEOUT =
            setting("limits.idle-timeout", TIME, "60s", "After which a connection without a request is closed.");
    private static final Setting<Integer> MAX_CONNECTIONS = setting(
            "limits.max-connections", SettingKind.whole(1, 1_000_000), "10000", "Most connections of one listener.");
    private static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS = setting(
            "limits.max-connections-per-address",
            SettingKind.whole(1, 1_000_000),
            "1000",
            "Of those, most from one IPv4 address, or from one /64 of IPv6; a proxy in front has one address.");
    private static final Setting<Duration> HEAD_TIMEOUT = setting(
            "limits.head-timeout",
            TIME,
            "10s",
            "How long the head of a request may take to come in, from its first byte on.");
    private static final Setting<Duration> CONNECTION_AGE = optional(
            "limits.connection-age",
            SettingKind.duration("1s"),
            "none",
            "After which a client is told to make another connection, so that new servers get their share of long-lived ones.");
    private static final Setting<Long> LEAST_RATE = setting(
            "limits.least-rate",
            SettingKind.bytes("1B", "1GiB"),
            "1KiB",
            "Bytes a second that a client takes of its answers, or sends of a model, at the least; who is slower is cut off.");
    private static final Setting<Integer> MAX_STREAMS = setting(
            "limits.max-streams", SettingKind.whole(1, 1_000_000), "100", "Most HTTP/2 streams of one connection.");
    private static final Setting<Integer> STREAM_CONCURRENCY = setting(
            "limits.stream-concurrency",
            SettingKind.whole(1, 100_000),
            "16",
            "Requests of one gRPC stream that are worked on at a time.");
    private static final Setting<Long> UNREAD_BYTES = setting(
            "limits.unread-bytes",
            SettingKind.bytes("1B", "64GiB"),
            "64MiB",
            "Most bytes of answers that one connection may leave unread before its requests are refused.");
    private static final Setting<Duration> UNREAD_TIMEOUT = setting(
            "limits.unread-timeout",
            TIME,
            "30s",
            "After which a connection that does not read its answers is closed; a second more for each MiB of them.");

    private static final Setting<Duration> DRAIN_DELAY = setting(
            "drain.delay",
            SettingKind.duration("0s"),
            "0s",
            "After SIGTERM, how long new requests are still taken while `/readyz` says no.");
    private static final Setting<Duration> DRAIN_LIMIT = setting(
            "drain.limit", SettingKind.duration("0s"), "25s", "How long requests under way may then still take.");

    private static final Setting<Boolean> LEDGER = setting(
            "ledger.enabled",
            SettingKind.FLAG,
            "true",
            "Keeps what was answered, by which version and when; no pixels.");
    private static final Setting<Long> LEDGER_PREDICTIONS = setting(
            "ledger.max-predictions",
            SettingKind.count(1, 1_000_000_000_000L),
            "10000000",
            "Most answers that are kept; the oldest go first.");
    private static final Setting<Integer> LEDGER_DAYS =
            setting("ledger.max-days", SettingKind.whole(1, 36_500), "365", "How long an answer is kept, in days.");
    private static final Setting<Long> LEDGER_BYTES = setting(
            "ledger.max-bytes",
            SettingKind.bytes("1MiB", "1024GiB"),
            "4GiB",
            "Most bytes of the file they are kept in.");

    private static final Setting<Boolean> GUARD = setting(
            "canary.guard",
            SettingKind.FLAG,
            "true",
            "Ends a canary that fails, or is slow, more often than the version that its alias names.");
    private static final Setting<Integer> SLOW_PERCENT = setting(
            "canary.slow-percent",
            SettingKind.whole(100, 100_000),
            "200",
            "What is slow: longer than so many percent of the time in which nine tenths of that version's answers come.");
    private static final Setting<Integer> TOLERATED_PERMILLE = setting(
            "canary.tolerated-permille",
            SettingKind.whole(1, 1000),
            "20",
            "Of 1,000 requests, those that a canary of more than half of the assets may fail.");

    /// Every setting there is, in the order of the page that lists them.
    static final List<Setting<?>> KNOWN = Stream.of(
                    List.<Setting<?>>of(DATA),
                    StorageSettings.KNOWN,
                    SignatureSettings.KNOWN,
                    List.<Setting<?>>of(
                            HOST,
                            DATA_PORT,
                            ADMIN_HOST,
                            ADMIN_PORT,
                            GRPC_PORT,
                            HOST_NAMES,
                            ORIGINS,
                            AUTHENTICATION,
                            INSECURE),
                    QuotaSettings.KNOWN,
                    List.<Setting<?>>of(
                            MODEL_DIR,
                            MODEL_NAME,
                            ISOLATION,
                            SANDBOX,
                            SHARED,
                            DEVICES,
                            PLACEMENT,
                            CUDA_ONNX_BYTES,
                            CUDA_TENSORFLOW_BYTES,
                            CPU_PERMITS,
                            ENGINE_SESSIONS,
                            ENGINE_THREADS,
                            ROW_BYTES,
                            RESULT_BYTES,
                            CACHE_BYTES,
                            EMBEDDING_BYTES,
                            ASSET_BYTES,
                            ASSET_EXPIRY,
                            REFUSAL_BYTES,
                            REFUSAL_EXPIRY,
                            QUEUE_CAPACITY,
                            MEMORY,
                            PINNED,
                            RUN_LIMIT,
                            GUARD_PERIOD,
                            MAX_PIXELS,
                            MAX_DECODED_BYTES,
                            MAX_SIDE,
                            MAX_BODY_BYTES,
                            MAX_UPLOAD_BYTES,
                            BODY_TIMEOUT,
                            TIMEOUT,
                            MAX_TIMEOUT,
                            IDLE_TIMEOUT,
                            MAX_CONNECTIONS,
                            MAX_CONNECTIONS_PER_ADDRESS,
                            HEAD_TIMEOUT,
                            LEAST_RATE,
                            CONNECTION_AGE,
                            MAX_STREAMS,
                            STREAM_CONCURRENCY,
                            UNREAD_BYTES,
                            UNREAD_TIMEOUT,
                            MAX_UPLOADS,
                            MAX_UPLOADED_BYTES,
                            UPLOAD_EXPIRY,
                            DRAIN_DELAY,
                            DRAIN_LIMIT),
                    ObservabilitySettings.KNOWN,
                    List.<Setting<?>>of(
                            LEDGER,
                            LEDGER_PREDICTIONS,
                            LEDGER_DAYS,
                            LEDGER_BYTES,
                            GUARD,
                            SLOW_PERCENT,
                            TOLERATED_PERMILLE),
                    AssetSettings.KNOWN,
                    IdentitySettings.KNOWN)
            .flatMap(List::stream)
            .toList();

    /// @param file YAML, or none
    /// @param environment of the process
    /// @param options key of a setting -> its value on the command line, for those that stand there
    /// @param cores of the machine
    /// @throws SettingsException if something is unknown, unreadable, or does not go together
    public static ServerSettings read(
            Optional<Path> file, Map<String, String> environment, Map<String, String> options, int cores) {
        return of(SettingValues.of(KNOWN, file, environment, options), cores);
    }

    /// What a server that is started with nothing but this environment gets.
    ///
    /// @throws SettingsException as [#read] does
    public static ServerSettings fromEnvironment(Map<String, String> environment) {
        return read(
                file(environment), environment, Map.of(), Runtime.getRuntime().availableProcessors());
    }

    /// The file that the environment names.
    public static Optional<Path> file(Map<String, String> environment) {
        return Optional.ofNullable(environment.get("FIRSTPASS_CONFIG"))
                .filter(path -> !path.isBlank())
                .map(Path::of);
    }

    private static ServerSettings of(SettingValues values, int cores) {
        int sessions = values.find(ENGINE_SESSIONS).orElse(RuntimeConfig.usualSessions(cores));
        return new ServerSettings(
                values.find(DATA),
                new RegistrySettings(StorageSettings.storage(values), SignatureSettings.policy(values)),
                values.find(MODEL_DIR),
                values.find(MODEL_NAME),
                listening(values),
                new RuntimeConfig(
                        values.find(CPU_PERMITS).orElse(cores),
                        sessions,
                        values.find(ENGINE_THREADS).orElse(RuntimeConfig.threadsEach(cores, sessions)),
                        values.get(ROW_BYTES),
                        values.get(RESULT_BYTES),
                        new CacheLimits(
                                values.get(CACHE_BYTES),
                                values.get(EMBEDDING_BYTES),
                                values.get(ASSET_BYTES),
                                values.get(ASSET_EXPIRY),
                                values.get(REFUSAL_BYTES),
                                values.get(REFUSAL_EXPIRY)),
                        values.get(QUEUE_CAPACITY),
                        new ImageLimits(values.get(MAX_PIXELS), values.get(MAX_DECODED_BYTES), values.get(MAX_SIDE)),
                        values.get(ISOLATION),
                        values.get(SANDBOX),
                        values.get(SHARED),
                        new ModelMemory(
                                values.find(MEMORY).map(OptionalLong::of).orElseGet(OptionalLong::empty),
                                values.get(PINNED)),
                        new SupervisionConfig(values.get(RUN_LIMIT), values.get(GUARD_PERIOD)),
                        devices(values),
                        placement(values),
                        ledger(values),
                        guard(values),
                        AssetSettings.assets(values)));
    }

    private static Optional<GuardLimits> guard(SettingValues values) {
        return Optional.of(new GuardLimits(values.get(SLOW_PERCENT) / 100.0, values.get(TOLERATED_PERMILLE) / 1000.0))
                .filter(_ -> values.get(GUARD));
    }

    private static Optional<LedgerLimits> ledger(SettingValues values) {
        return Optional.of(new LedgerLimits(
                        values.get(LEDGER_PREDICTIONS),
                        Duration.ofDays(values.get(LEDGER_DAYS)),
                        values.get(LEDGER_BYTES)))
                .filter(_ -> values.get(LEDGER));
    }

    private static Optional<List<String>> devices(String text) {
        return SettingKind.WORDS
                .reader()
                .apply(text)
                .filter(names -> DeviceChoice.named(names, CudaMemory.UNLIMITED).isPresent());
    }

    /// Which models are placed where, in the order they stand there.
    private static Optional<Map<ModelName, List<String>>> placement(String text) {
        Map<ModelName, List<String>> placement = new LinkedHashMap<>();
        for (String entry : SettingKind.WORDS.reader().apply(text).orElseThrow()) {
            int sign = entry.indexOf('=');
            String device = entry.substring(sign + 1).strip();
            Optional<ModelName> model =
                    sign < 0 ? Optional.empty() : name(entry.substring(0, sign).strip());
            if (model.isEmpty() || Device.named(device, CudaMemory.UNLIMITED).isEmpty()) {
                return Optional.empty();
            }
            List<String> devices = placement.computeIfAbsent(model.get(), _ -> new ArrayList<>());
            if (devices.contains(device)) {
                return Optional.empty();
            }
            devices.add(device);
        }
        return Optional.of(placement);
    }

    private static Optional<ModelName> name(String text) {
        try {
            return Optional.of(new ModelName(text));
        } catch (RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    /// What `auto` is comes out when the server starts.
    private static Map<ModelName, List<String>> placement(SettingValues values) {
        Map<ModelName, List<String>> placement = values.get(PLACEMENT);
        if (devices(values) instanceof DeviceChoice.Fixed(List<Device> devices)) {
            List<String> known = devices.stream().map(Device::id).toList();
            placement.forEach((model, names) -> names.stream()
                    .filter(name -> !known.contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw values.refusal(
                                PLACEMENT,
                                "for " + model + " one of " + DEVICES.key() + ": " + String.join(", ", known));
                    }));
        }
        return placement;
    }

    private static DeviceChoice devices(SettingValues values) {
        CudaMemory memory = new CudaMemory(
                values.find(CUDA_ONNX_BYTES).orElse(0L),
                values.find(CUDA_TENSORFLOW_BYTES).orElse(0L));
        return DeviceChoice.named(values.get(DEVICES), memory).orElseThrow();
    }

    private static Optional<List<ModelRef>> refs(String text) {
        return listed(text, ModelRef::parse);
    }

    private static Optional<List<ModelName>> names(String text) {
        return listed(text, ModelName::new);
    }

    private static <T> Optional<List<T>> listed(String text, Function<String, T> parser) {
        try {
            return SettingKind.WORDS
                    .reader()
                    .apply(text)
                    .map(words -> words.stream().map(parser).toList());
        } catch (RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    private static Optional<Isolation> isolation(String text) {
        return Arrays.stream(Isolation.values())
                .filter(isolation -> isolation.id().equals(text))
                .findFirst();
    }

    private static Optional<Authentication> authentication(String text) {
        return Arrays.stream(Authentication.values())
                .filter(authentication -> authentication.id().equals(text))
                .findFirst();
    }

    private static Optional<Sandbox> sandbox(String text) {
        return Arrays.stream(Sandbox.values())
                .filter(sandbox -> sandbox.id().equals(text))
                .findFirst();
    }

    private static ServerConfig listening(SettingValues values) {
        Authentication authentication = values.get(AUTHENTICATION);
        boolean insecure = values.get(INSECURE);
        boolean isForAll = insecure || authentication != Authentication.NONE;
        return new ServerConfig(
                listener(values, HOST, DATA_PORT, isForAll),
                listener(values, ADMIN_HOST, ADMIN_PORT, isForAll),
                values.find(GRPC_PORT).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                authentication,
                insecure,
                limits(values),
                values.get(DRAIN_DELAY),
                values.get(DRAIN_LIMIT),
                ObservabilitySettings.observability(values),
                IdentitySettings.identity(values, authentication),
                QuotaSettings.quotas(values));
    }

    private static ListenerConfig listener(
            SettingValues values, Setting<String> host, Setting<Integer> port, boolean isForAll) {
        ListenerConfig listener =
                new ListenerConfig(values.get(host), values.get(port), values.get(HOST_NAMES), values.get(ORIGINS));
        if (!isForAll && !listener.isLoopback()) {
            throw values.refusal(
                    host,
                    "a loopback address, or security.authentication: tokens; insecure: true, or --insecure, opens it to"
                            + " everybody who can reach it");
        }
        return listener;
    }

    private static Limits limits(SettingValues values) {
        Duration timeout = values.get(TIMEOUT);
        Duration maxTimeout = values.get(MAX_TIMEOUT);
        if (timeout.compareTo(maxTimeout) > 0) {
            throw values.refusal(TIMEOUT, "at most " + MAX_TIMEOUT.key() + ", " + maxTimeout.toSeconds() + " s");
        }
        return new Limits(
                values.get(MAX_BODY_BYTES),
                values.get(MAX_UPLOAD_BYTES),
                values.get(BODY_TIMEOUT),
                timeout,
                maxTimeout,
                values.get(IDLE_TIMEOUT),
                values.get(MAX_CONNECTIONS),
                values.get(MAX_STREAMS),
                values.get(STREAM_CONCURRENCY),
                values.get(UNREAD_BYTES),
                values.get(UNREAD_TIMEOUT),
                new UploadLimits(values.get(MAX_UPLOADS), values.get(MAX_UPLOADED_BYTES), values.get(UPLOAD_EXPIRY)),
                new WireLimits(
                        values.get(MAX_CONNECTIONS_PER_ADDRESS),
                        values.get(HEAD_TIMEOUT),
                        values.get(LEAST_RATE),
                        values.find(CONNECTION_AGE)));
    }
}
