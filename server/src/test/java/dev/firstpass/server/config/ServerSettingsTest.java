package dev.firstpass.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.signature.SignaturePolicy;
import dev.firstpass.registry.signature.TrustedKey;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.asset.AssetBuckets;
import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.asset.LabelStudioHost;
import dev.firstpass.server.asset.LabelStudioHost.AccessToken;
import dev.firstpass.server.asset.Listed;
import dev.firstpass.server.asset.Origin;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.ledger.LedgerLimits;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.Device.CudaMemory;
import dev.firstpass.server.tls.TestPki;
import dev.firstpass.server.tls.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ServerSettingsTest {
    private static final int CORES = 6;

    private static final Path FILES = temporary();
    private static final TestPki AUTHORITY = new TestPki("authority");
    private static final Path CLIENTS = AUTHORITY.write(FILES);
    private static final TlsFiles TLS = AUTHORITY.issue("server").write(FILES, "server");

    private static Path temporary() {
        try {
            return Files.createTempDirectory("settings");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void removeFiles() throws IOException {
        for (Path file : List.of(CLIENTS, TLS.certificate(), TLS.key(), FILES)) {
            Files.delete(file);
        }
    }

    /// A value of every setting that is not its default.
    private static final String ALL = """
            # Everything there is.
            data: /srv/firstpass
            registry:
              database: jdbc:postgresql://db.example.org/firstpass
              database-user: firstpass
              database-password-file: /run/secrets/none
              database-password: hush
              bucket: s3://models/of/weeds/
              bucket-endpoint: https://s3.example.org
              bucket-region: eu-central-1
              signature-keys: [src/test/resources/dev/firstpass/server/config/signer.pem]
              require-signature: true
            host: 0.0.0.0
            port: 1
            admin-host: "::1"
            admin-port: 2
            grpc-port: 3
            host-names: [labels.example.org, labels]
            origins: ["https://labels.example.org"]
            insecure: true
            security:
              authentication: tokens
              tls:
                certificate: CERTIFICATE
                key: KEY
                client-authorities: AUTHORITIES
                client-certificates: required
                clients: [label-robot=prelabel+tensors, ci=prelabel@acme]
              oidc:
                issuer: https://id.example.org
                audience: firstpass
                jwks: https://id.example.org/keys
                authorities: AUTHORITIES
                key-expiry: 1h
                scopes-claim: groups
                scopes: [labelers=prelabel]
                tenant-claim: org
            model-dir: exports/weeds
            model-name: weeds
            isolation: worker
            sandbox: best-effort
            shared: [coco, text]
            devices: [cuda:1, cpu]
            placement: [coco=cuda:1, text=cpu, coco=cpu]
            cuda:
              onnx-bytes: 6GiB
              tensorflow-bytes: 2GiB
            runtime:
              cpu-permits: 3
              engine-sessions: 4
              engine-threads: 2
              row-bytes: 1GiB
              result-bytes: 256MiB
              cache-bytes: 0
              embedding-bytes: 2MiB
              asset-bytes: 3MiB
              asset-expiry: 2m
              refusal-bytes: 1MiB
              refusal-expiry: 1m
              queue-capacity: 64
              memory: 3GiB
              pinned: [coco, text@2, salient@next]
              run-limit: 20s
              guard-period: 0s
            images:
              max-pixels: 50000000
              max-decoded-bytes: 200MB
              max-side: 20000
            limits:
              max-body-bytes: 16MiB
              max-upload-bytes: 2GiB
              body-timeout: 10s
              timeout: 500ms
              max-timeout: 1m
              idle-timeout: 1h
              max-connections: 11
              max-connections-per-address: 16
              head-timeout: 17s
              least-rate: 18
              connection-age: 19m
              max-streams: 12
              stream-concurrency: 13
              unread-bytes: 14MiB
              unread-timeout: 15s
            uploads:
              max-sessions: 7
              max-bytes: 9GiB
              expiry: 2h
            drain:
              delay: 5s
              limit: 2m
            observability:
              triton-names: true
              tracing: otlp
              otlp-endpoint: http://collector:4318
            logging:
              format: json
              requests: failed
            quotas:
              requests-per-second: 100
              concurrent: 16
              bytes-per-day: 50GiB
              tenants: [acme.requests-per-second=5, acme.bytes-per-day=none, beta.concurrent=2]
            ledger:
              enabled: true
              max-predictions: 5000
              max-days: 7
              max-bytes: 1GiB
            canary:
              guard: true
              slow-percent: 300
              tolerated-permille: 5
            assets:
              urls: ["https://images.example.org", "http://10.0.0.7:9000"]
              folders: [/data/images/, acme=/data/acme]
              buckets: ["s3://photos/2026", "acme=s3://photos/acme/", "acme=s3://theirs"]
              bucket-endpoint: https://s3.images.example.org
              bucket-region: eu-west-1
              max-bytes: 32MiB
            label-studio:
              url: http://labels.example.org/studio
              token: hush
              token-file: nowhere
              local-files: /data/photos
              tenant: acme
            """.replace(
                    "CERTIFICATE", TLS.certificate().toString())
            .replace("KEY", TLS.key().toString())
            .replace("AUTHORITIES", CLIENTS.toString());

    private static final String SIGNER = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEARlWzxtg7wf9UyHkuui/BFn9hfYSv7HtlONaWbUsuiiU=
            -----END PUBLIC KEY-----
            """;

    private static final ServerSettings ALL_SET = new ServerSettings(
            Optional.of(Path.of("/srv/firstpass")),
            new RegistrySettings(
                    new Storage.Shared(
                            new Storage.Database(
                                    "jdbc:postgresql://db.example.org/firstpass",
                                    Optional.of("firstpass"),
                                    Optional.of(new Storage.Secret("hush"))),
                            new Storage.Bucket(
                                    "models",
                                    "of/weeds/",
                                    Optional.of(URI.create("https://s3.example.org")),
                                    Optional.of("eu-central-1"))),
                    new SignaturePolicy(List.of(TrustedKey.of(SIGNER).orElseThrow()), true)),
            Optional.of(Path.of("exports/weeds")),
            Optional.of("weeds"),
            new ServerConfig(
                    new ListenerConfig(
                            "0.0.0.0",
                            1,
                            List.of("labels.example.org", "labels"),
                            List.of("https://labels.example.org")),
                    new ListenerConfig(
                            "::1", 2, List.of("labels.example.org", "labels"), List.of("https://labels.example.org")),
                    OptionalInt.of(3),
                    Authentication.TOKENS,
                    true,
                    new Limits(
                            16 << 20,
                            2L << 30,
                            Duration.ofSeconds(10),
                            Duration.ofMillis(500),
                            Duration.ofMinutes(1),
                            Duration.ofHours(1),
                            11,
                            12,
                            13,
                            14 << 20,
                            Duration.ofSeconds(15),
                            new UploadLimits(7, 9L << 30, Duration.ofHours(2)),
                            new WireLimits(16, Duration.ofSeconds(17), 18, Optional.of(Duration.ofMinutes(19)))),
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(2),
                    new ObservabilityConfig(
                            true,
                            LogFormat.JSON,
                            RequestLines.FAILED,
                            Optional.of(
                                    new ObservabilityConfig.Tracing(Optional.of(URI.create("http://collector:4318"))))),
                    new IdentityConfig(
                            Optional.of(new TlsFiles(
                                    TLS.certificate(), TLS.key(), Optional.of(new TlsFiles.Clients(CLIENTS, true)))),
                            Map.of(
                                    "label-robot",
                                    new Grant(Tenant.LOCAL, Set.of(Scope.PRELABEL, Scope.TENSORS)),
                                    "ci",
                                    new Grant(new Tenant("acme"), Set.of(Scope.PRELABEL))),
                            Optional.of(new OidcConfig(
                                    "https://id.example.org",
                                    "firstpass",
                                    new OidcConfig.Keys.At(URI.create("https://id.example.org/keys")),
                                    Optional.of(CLIENTS),
                                    Duration.ofHours(1),
                                    "groups",
                                    Map.of("labelers", Set.of(Scope.PRELABEL)),
                                    Optional.of("org")))),
                    new QuotaConfig(
                            new Quota(OptionalInt.of(100), OptionalInt.of(16), OptionalLong.of(50L << 30)),
                            Map.of(
                                    new Tenant("acme"),
                                    new Quota(OptionalInt.of(5), OptionalInt.of(16), OptionalLong.empty()),
                                    new Tenant("beta"),
                                    new Quota(OptionalInt.of(100), OptionalInt.of(2), OptionalLong.of(50L << 30))))),
            new RuntimeConfig(
                    3,
                    4,
                    2,
                    1 << 30,
                    256 << 20,
                    new CacheLimits(0, 2 << 20, 3 << 20, Duration.ofMinutes(2), 1 << 20, Duration.ofMinutes(1)),
                    64,
                    new ImageLimits(50_000_000, 200_000_000, 20_000),
                    Isolation.WORKER,
                    Sandbox.BEST_EFFORT,
                    List.of(new ModelName("coco"), new ModelName("text")),
                    new ModelMemory(
                            OptionalLong.of(3L << 30),
                            List.of(ModelRef.parse("coco"), ModelRef.parse("text@2"), ModelRef.parse("salient@next"))),
                    new SupervisionConfig(Duration.ofSeconds(20), Duration.ZERO),
                    new DeviceChoice.Fixed(
                            List.of(new Device.Cuda(1, new CudaMemory(6L << 30, 2L << 30)), Device.cpu())),
                    Map.of(new ModelName("coco"), List.of("cuda:1", "cpu"), new ModelName("text"), List.of("cpu")),
                    Optional.of(new LedgerLimits(5000, Duration.ofDays(7), 1 << 30)),
                    Optional.of(new GuardLimits(3, 0.005)),
                    new AssetConfig(
                            List.of(
                                    new Origin("https", "images.example.org", 443),
                                    new Origin("http", "10.0.0.7", 9000)),
                            List.of(
                                    new Listed<>(Optional.empty(), Path.of("/data/images")),
                                    new Listed<>(Optional.of("acme"), Path.of("/data/acme"))),
                            new AssetBuckets(
                                    List.of(
                                            new Listed<>(Optional.empty(), new AssetBuckets.Part("photos", "2026/")),
                                            new Listed<>(Optional.of("acme"), new AssetBuckets.Part("photos", "acme/")),
                                            new Listed<>(Optional.of("acme"), new AssetBuckets.Part("theirs", ""))),
                                    Optional.of(URI.create("https://s3.images.example.org")),
                                    Optional.of("eu-west-1")),
                            Optional.of(new LabelStudioHost(
                                    URI.create("http://labels.example.org/studio/"),
                                    Optional.of(new AccessToken("hush")))),
                            Optional.of(Path.of("/data/photos")),
                            "acme",
                            32 << 20)));

    @TempDir
    Path temp = Path.of("");

    private ServerSettings fromFile(String yaml) throws IOException {
        return read(Optional.of(Files.writeString(temp.resolve("settings.yaml"), yaml)), Map.of(), Map.of());
    }

    private static ServerSettings read(
            Optional<Path> file, Map<String, String> environment, Map<String, String> options) {
        return ServerSettings.read(file, environment, options, CORES);
    }

    private static ServerSettings fromEnvironment(Map<String, String> environment) {
        return read(Optional.empty(), environment, Map.of());
    }

    private String refusal(String yaml) {
        String message = String.valueOf(
                assertThrows(SettingsException.class, () -> fromFile(yaml)).getMessage());
        assertEquals(1, message.lines().count(), message);
        return message.replace(temp + "/", "");
    }

    @Test
    void nothingSaid_isTheStandard() throws IOException {
        ServerSettings standard = new ServerSettings(
                Optional.empty(),
                RegistrySettings.LOCAL,
                Optional.empty(),
                Optional.empty(),
                ServerConfig.STANDARD,
                RuntimeConfig.forCores(CORES).with(Isolation.WORKER, Sandbox.REQUIRED));

        assertEquals(standard, fromEnvironment(Map.of()));
        assertEquals(standard, fromFile(""));
        assertEquals(standard, fromFile("# nothing\n"));
    }

    @Test
    void file_mapsEveryKey() throws IOException {
        assertEquals(ALL_SET, fromFile(ALL));
    }

    @Test
    void environment_mapsEveryKey() throws IOException {
        Map<String, String> flat = SettingsFile.read(Files.writeString(temp.resolve("all.yaml"), ALL));
        Map<String, String> environment = new LinkedHashMap<>();
        for (Setting<?> setting : ServerSettings.KNOWN) {
            environment.put(setting.variable(), flat.getOrDefault(setting.key(), ""));
        }

        assertEquals(
                new HashSet<>(ServerSettings.KNOWN.stream().map(Setting::key).toList()), flat.keySet());
        assertEquals(ALL_SET, fromEnvironment(environment));
        assertNotEquals(ALL_SET, fromEnvironment(Map.of()));
    }

    @Test
    void beyondLoopback_needsTokens_orToBeInsecure() {
        ServerSettings tokens =
                fromEnvironment(Map.of("FIRSTPASS_HOST", "0.0.0.0", "FIRSTPASS_SECURITY_AUTHENTICATION", "tokens"));
        assertEquals(Authentication.TOKENS, tokens.listening().authentication());
        assertFalse(tokens.listening().insecure());
        SettingsException refusal = assertThrows(
                SettingsException.class,
                () -> fromEnvironment(
                        Map.of("FIRSTPASS_ADMIN_HOST", "0.0.0.0", "FIRSTPASS_SECURITY_AUTHENTICATION", "none")));
        assertEquals(
                "FIRSTPASS_ADMIN_HOST: '0.0.0.0' (expected: a loopback address, or security.authentication: tokens;"
                        + " insecure: true, or --insecure, opens it to everybody who can reach it)",
                refusal.getMessage());
    }

    /// What commands show to a server stands beside what a server is told.
    @Test
    void tokenInTheEnvironment_isNoSetting() {
        assertEquals(
                fromEnvironment(Map.of()),
                fromEnvironment(Map.of("FIRSTPASS_TOKEN", "fp_x", "FIRSTPASS_TOKEN_FILE", "/run/token")));
    }

    @Test
    void commandLine_standsAboveEnvironment_aboveFile() throws IOException {
        Path file = Files.writeString(temp.resolve("f.yaml"), "port: 1\nadmin-port: 1\nmodel-name: file\n");

        ServerSettings settings = read(
                Optional.of(file),
                Map.of("FIRSTPASS_PORT", "2", "FIRSTPASS_ADMIN_PORT", "2"),
                Map.of("admin-port", "3"));

        assertEquals(Optional.of("file"), settings.modelName());
        assertEquals(2, settings.listening().data().port());
        assertEquals(3, settings.listening().management().port());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            prot: 80                          | settings.yaml: prot: unknown key (the nearest known one is port)
            cache-bytes: 1MiB                 | settings.yaml: cache-bytes: unknown key (the nearest known one is runtime.cache-bytes)
            runtime: {cacheBytes: 1}          | settings.yaml: runtime.cacheBytes: unknown key (the nearest known one is runtime.cache-bytes)
            port: {data: 80}                  | settings.yaml: port.data: unknown key (the nearest known one is port)
            drain: 5s                         | settings.yaml: drain: unknown key (the nearest known one is drain.delay)
            port: 65536                       | settings.yaml: port: '65536' (expected: a whole number from 0 to 65535)
            port:                             | settings.yaml: port: nothing (expected: a whole number from 0 to 65535)
            insecure: yes                     | settings.yaml: insecure: 'yes' (expected: true or false)
            host: ''                          | settings.yaml: host: nothing (expected: text)
            limits: {timeout: 30}             | settings.yaml: limits.timeout: '30' (expected: a duration from 1ms to 24h, for instance 500ms, 30s or 10m)
            runtime: {row-bytes: 512M}        | settings.yaml: runtime.row-bytes: '512M' (expected: bytes from 1MiB to 1024GiB, for instance 512MiB)
            runtime: {row-bytes: 4}           | settings.yaml: runtime.row-bytes: '4' (expected: bytes from 1MiB to 1024GiB, for instance 512MiB)
            runtime: {row-bytes: 999999999999GiB} | settings.yaml: runtime.row-bytes: '999999999999GiB' (expected: bytes from 1MiB to 1024GiB, for instance 512MiB)
            limits: {timeout: 11m}            | settings.yaml: limits.timeout: '11m' (expected: at most limits.max-timeout, 600 s)
            limits: {max-timeout: 1s}         | limits.timeout: '30s' (expected: at most limits.max-timeout, 1 s)
            host: 0.0.0.0                     | settings.yaml: host: '0.0.0.0' (expected: a loopback address, or security.authentication: tokens; insecure: true, or --insecure, opens it to everybody who can reach it)
            security: {authentication: jwt}    | settings.yaml: security.authentication: 'jwt' (expected: none or tokens)
            quotas: {tenants: acme=5}          | settings.yaml: quotas.tenants: 'acme=5' (expected: quotas of single tenants, as a list or with commas: acme.requests-per-second=50, acme.bytes-per-day=none)
            quotas: {tenants: acme.rate=5}     | settings.yaml: quotas.tenants: 'acme.rate=5' (expected: quotas of single tenants, as a list or with commas: acme.requests-per-second=50, acme.bytes-per-day=none)
            quotas: {concurrent: 0}            | settings.yaml: quotas.concurrent: '0' (expected: a whole number from 1 to 1000000)
            just text                         | settings.yaml: no settings (expected: a mapping, for instance port: 8080)
            [1, 2]                            | settings.yaml: a list (expected: a mapping)
            devices: gpu                      | settings.yaml: devices: 'gpu' (expected: auto, or devices, each once, as a list or with commas: cuda:0, cuda:1, cpu)
            devices: [cuda:0, cuda:0]         | settings.yaml: devices: 'cuda:0,cuda:0' (expected: auto, or devices, each once, as a list or with commas: cuda:0, cuda:1, cpu)
            devices: [auto, cpu]              | settings.yaml: devices: 'auto,cpu' (expected: auto, or devices, each once, as a list or with commas: cuda:0, cuda:1, cpu)
            placement: [weeds]                | settings.yaml: placement: 'weeds' (expected: pairs of model and device, each once, as a list or with commas: weeds=cuda:1)
            placement: [weeds=gpu]            | settings.yaml: placement: 'weeds=gpu' (expected: pairs of model and device, each once, as a list or with commas: weeds=cuda:1)
            placement: [weeds=cpu, weeds=cpu] | settings.yaml: placement: 'weeds=cpu,weeds=cpu' (expected: pairs of model and device, each once, as a list or with commas: weeds=cuda:1)
            {devices: [cuda:0, cpu], placement: [weeds=cuda:1]} | settings.yaml: placement: 'weeds=cuda:1' (expected: for weeds one of devices: cuda:0, cpu)
            registry: {bucket: "s3://models"} | settings.yaml: registry.bucket: 's3://models' (expected: registry.database beside it)
            registry: {database: "jdbc:postgresql:x"} | settings.yaml: registry.database: 'jdbc:postgresql:x' (expected: registry.bucket beside it)
            registry: {bucket: models}        | settings.yaml: registry.bucket: 'models' (expected: a bucket, with a prefix or without: s3://models/firstpass)
            registry: {database: "jdbc:sqlite:x"} | settings.yaml: registry.database: 'jdbc:sqlite:x' (expected: a JDBC URL without a password, for instance jdbc:postgresql://db.example.org/firstpass)
            assets: {urls: ["ftp://a.example.org"]} | settings.yaml: assets.urls: 'ftp://a.example.org' (expected: http or https origins without a path, as a list or with commas, for instance https://images.example.org)
            assets: {urls: ["https://a.example.org/photos"]} | settings.yaml: assets.urls: 'https://a.example.org/photos' (expected: http or https origins without a path, as a list or with commas, for instance https://images.example.org)
            assets: {urls: ["https://me@a.example.org"]} | settings.yaml: assets.urls: 'https://me@a.example.org' (expected: http or https origins without a path, as a list or with commas, for instance https://images.example.org)
            assets: {folders: [photos]} | settings.yaml: assets.folders: 'photos' (expected: folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant)
            assets: {folders: [/]} | settings.yaml: assets.folders: '/' (expected: folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant)
            assets: {folders: [/data/../proc/self]} | settings.yaml: assets.folders: '/data/../proc/self' (expected: folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant)
            assets: {folders: [/dev/shm]} | settings.yaml: assets.folders: '/dev/shm' (expected: folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant)
            assets: {folders: [/data, acme=/data/acme]} | settings.yaml: assets.folders: '/data,acme=/data/acme' (expected: folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant)
            assets: {folders: ["A B=/data"]} | settings.yaml: assets.folders: 'A B=/data' (expected: folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant)
            assets: {buckets: [photos]} | settings.yaml: assets.buckets: 'photos' (expected: S3 buckets, none in another, as a list or with commas: s3://photos, or s3://photos/2026, or acme=s3://photos/acme for one tenant)
            assets: {buckets: ["s3://photos", "acme=s3://photos/acme"]} | settings.yaml: assets.buckets: 's3://photos,acme=s3://photos/acme' (expected: S3 buckets, none in another, as a list or with commas: s3://photos, or s3://photos/2026, or acme=s3://photos/acme for one tenant)
            label-studio: {url: "labels.example.org"} | settings.yaml: label-studio.url: 'labels.example.org' (expected: an http or https URL without a query)
            label-studio: {tenant: "Acme & Co"} | settings.yaml: label-studio.tenant: 'Acme & Co' (expected: a tenant's name)
            label-studio: {token: hush}       | label-studio.url: '' (expected: the URL of the Label Studio that the token is for)
            label-studio: {url: "http://a", token: "hush hush"} | label-studio.token: (expected: a token in ASCII letters)
            host-names: [[a]]                 | settings.yaml: host-names: a list of lists or texts with commas (expected: a list of words)
            """)
    void file_withAFault_isRefusedInOneLine(String yaml, String message) {
        assertEquals(message, refusal(yaml));
    }

    @Test
    void password_isReadFromItsFileAndNeverShown() throws IOException {
        Path secret = Files.writeString(temp.resolve("secret"), "hush\n");
        String yaml = "registry: {database: 'jdbc:postgresql://db/x', bucket: 's3://models', database-password-file: '"
                + secret + "'}";

        ServerSettings settings = fromFile(yaml);
        assertEquals(
                Optional.of(new Storage.Secret("hush")),
                ((Storage.Shared) settings.registry().storage()).database().password());
        assertFalse(settings.toString().contains("hush"), settings.toString());
        assertEquals(
                "settings.yaml: registry.database-password-file: 'none' (expected: a file that can be read)",
                refusal(yaml.replace(secret.toString(), "none")));

        Files.writeString(secret, "\n");
        assertEquals(
                "settings.yaml: registry.database-password-file: 'secret' (expected: a file whose first line is a password)",
                refusal(yaml));
    }

    @Test
    void token_isReadFromItsFileAndNeverShown() throws IOException {
        Path secret = Files.writeString(temp.resolve("token"), "hush\n");
        String yaml = "label-studio: {url: 'http://labels', token-file: '" + secret + "'}";

        ServerSettings settings = fromFile(yaml);

        assertEquals(
                Optional.of(new AccessToken("hush")),
                settings.runtime().assets().labelStudio().orElseThrow().token());
        assertFalse(settings.toString().contains("hush"), settings.toString());
        assertEquals(
                "settings.yaml: label-studio.token-file: 'none' (expected: a file that can be read)",
                refusal(yaml.replace(secret.toString(), "none")));
    }

    @Test
    void database_withAPasswordInItsUrl_isRefused() {
        for (String url : List.of("jdbc:postgresql://db/x?user=a&password=b", "jdbc:postgresql://a:b@db/x")) {
            assertThrows(
                    SettingsException.class,
                    () -> fromFile("registry: {bucket: 's3://models', database: '" + url + "'}"));
        }
    }

    @Test
    void signatureKeys_areReadFromTheirFiles_andAreKeys() throws IOException {
        Path key = Files.writeString(temp.resolve("signer.pem"), SIGNER);
        Path none = Files.writeString(temp.resolve("none.pem"), "no key\n");

        SignaturePolicy policy = fromFile("registry: {signature-keys: ['" + key + "', '" + key + "']}")
                .registry()
                .signatures();
        assertEquals(2, policy.keys().size());
        assertFalse(policy.required());
        for (Path file : List.of(none, temp.resolve("nowhere.pem"))) {
            assertEquals(
                    "settings.yaml: registry.signature-keys: '" + file.getFileName() + "' (expected: in "
                            + file.getFileName() + " one public key in PEM, as of `openssl pkey -pubout`: Ed25519, or"
                            + " ECDSA on P-256, P-384 or P-521)",
                    refusal("registry: {signature-keys: ['" + file + "']}"));
        }
        assertEquals(
                "settings.yaml: registry.require-signature: 'true' (expected: registry.signature-keys beside it)",
                refusal("registry: {require-signature: true}"));
    }

    @Test
    void file_thatIsNoYaml_isRefusedWithTheLine() {
        assertEquals("settings.yaml: Duplicate field 'port' at line 2", refusal("port: 1\nport: 2\n"));
        assertEquals("settings.yaml: several documents (expected: one)", refusal("port: 1\n---\nport: 2\n"));
        assertEquals(
                temp.resolve("none") + ": no such file",
                assertThrows(SettingsException.class, () -> read(Optional.of(temp.resolve("none")), Map.of(), Map.of()))
                        .getMessage());
    }

    static Stream<Map.Entry<String, String>> wrongVariables() {
        return Map.of(
                "FIRSTPASS_POTR",
                "FIRSTPASS_POTR: unknown variable (the nearest known one is FIRSTPASS_PORT)",
                "FIRSTPASS_CACHE_BYTES",
                "FIRSTPASS_CACHE_BYTES: unknown variable (the nearest known one is FIRSTPASS_RUNTIME_CACHE_BYTES)",
                "FIRSTPASS_PORT",
                "FIRSTPASS_PORT: '1e3' (expected: a whole number from 0 to 65535)")
                .entrySet()
                .stream();
    }

    @ParameterizedTest
    @MethodSource("wrongVariables")
    void environment_withAFault_isRefusedByItsOwnName(Map.Entry<String, String> wrong) {
        assertEquals(
                wrong.getValue(),
                assertThrows(SettingsException.class, () -> fromEnvironment(Map.of(wrong.getKey(), "1e3")))
                        .getMessage());
    }

    @Test
    void environment_ofOthers_isLeftAlone() {
        Map<String, String> others = Map.of(
                "PATH", "/bin",
                "FIRSTPASS_JAVA_OPTS", "-Xmx1g",
                "FIRSTPASS_NO_AOT", "1",
                "FIRSTPASS_HOST", " ",
                // What Kubernetes adds beside a Service called firstpass.
                "FIRSTPASS_PORT", "tcp://10.0.0.1:8080",
                "FIRSTPASS_PORT_8080_TCP", "tcp://10.0.0.1:8080",
                "FIRSTPASS_PORT_8080_TCP_ADDR", "10.0.0.1",
                "FIRSTPASS_SERVICE_HOST", "10.0.0.1",
                "FIRSTPASS_SERVICE_PORT_HTTP", "8080",
                "FIRSTPASS_ADMIN_SERVICE_PORT", "8081");

        assertEquals(fromEnvironment(Map.of()), fromEnvironment(others));
    }
}
