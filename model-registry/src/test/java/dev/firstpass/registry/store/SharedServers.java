package dev.firstpass.registry.store;

import dev.firstpass.registry.Storage;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// A real PostgreSQL and a real S3 server, each started when it is first asked for and ended with the last test of this JVM.
/// Tests get a database and a bucket of their own.
///
/// Thread-safe.
public final class SharedServers implements AutoCloseable {
    private static final Path S3_SERVER = Path.of("target/s3-server/s3proxy.jar");
    private static final Pattern LISTENS = Pattern.compile("Started .*ServerConnector.*\\{127\\.0\\.0\\.1:(\\d+)}");

    /// A database of this release's schema with nothing in it, which takes less to copy than to make.
    private static final String TEMPLATE = "migrated";

    private Optional<EmbeddedPostgres> postgres = Optional.empty();
    private Optional<S3Server> s3 = Optional.empty();

    private record S3Server(Process process, Path directory, URI endpoint, S3Client client) {}

    private SharedServers() {
        // Where the SDK finds them; the server takes no others.
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
    }

    /// Where a registry that nobody has used yet is kept.
    public Storage.Shared fresh() {
        return new Storage.Shared(freshDatabase(), freshBucket());
    }

    /// As a server leaves it that has only started.
    private synchronized Storage.Database freshDatabase() {
        return create(name(), TEMPLATE);
    }

    /// One that no server has seen.
    public synchronized Storage.Database emptyDatabase() {
        return create(name(), "template1");
    }

    private static String name() {
        return "t" + UUID.randomUUID().toString().replace("-", "");
    }

    private Storage.Database create(String name, String template) {
        try (Connection connection = postgres().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name + " TEMPLATE " + template);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return database(name);
    }

    private Storage.Database database(String name) {
        return new Storage.Database(
                "jdbc:postgresql://127.0.0.1:" + postgres().getPort() + "/" + name,
                Optional.of("postgres"),
                Optional.of(new Storage.Secret("postgres")));
    }

    public synchronized Storage.Bucket freshBucket() {
        String name = "b" + UUID.randomUUID();
        var _ = s3().client().createBucket(request -> request.bucket(name));
        return new Storage.Bucket(name, "some/prefix/", Optional.of(s3().endpoint()), Optional.empty());
    }

    /// To look into buckets with.
    public synchronized S3Client s3Client() {
        return s3().client();
    }

    private EmbeddedPostgres postgres() {
        if (postgres.isEmpty()) {
            try {
                postgres = Optional.of(EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "off")
                        .setServerConfig("full_page_writes", "off")
                        .setServerConfig("autovacuum", "off")
                        .setServerConfig("shared_buffers", "32MB")
                        .start());
                PostgresDatabase.open(create(TEMPLATE, "template1"), "template").close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return postgres.get();
    }

    private S3Server s3() {
        if (s3.isEmpty()) {
            try {
                s3 = Optional.of(startS3());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return s3.get();
    }

    /// In the folder of whichever module's tests these are.
    private static Path s3Jar() {
        Path beside = Path.of("../model-registry").resolve(S3_SERVER);
        return Files.exists(S3_SERVER) ? S3_SERVER : beside;
    }

    private static S3Server startS3() throws IOException {
        Path directory = Files.createTempDirectory("s3-server");
        Path objects = Files.createDirectory(directory.resolve("objects"));
        Path configuration = Files.writeString(directory.resolve("s3proxy.conf"), """
                s3proxy.endpoint=http://127.0.0.1:0
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=test
                s3proxy.credential=test
                jclouds.provider=filesystem-nio2
                jclouds.filesystem.basedir=%s
                jclouds.identity=test
                jclouds.credential=test
                """.formatted(objects));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        s3Jar().toString(),
                        "--properties",
                        configuration.toString())
                .redirectErrorStream(true)
                .start();
        URI endpoint = URI.create("http://127.0.0.1:" + port(process));
        S3Client client = S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(SystemPropertyCredentialsProvider.create())
                .httpClient(UrlConnectionHttpClient.create())
                // The server knows no newer sums.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .build();
        return new S3Server(process, directory, endpoint, client);
    }

    /// Reads on afterwards, so that the server never waits for somebody to read what it says.
    private static int port(Process process) throws IOException {
        BufferedReader lines = process.inputReader();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher listens = LISTENS.matcher(line);
            if (listens.find()) {
                Thread.ofPlatform()
                        .daemon()
                        .name("s3-server-output")
                        .start(() -> lines.lines().forEach(_ -> {}));
                return Integer.parseInt(listens.group(1));
            }
        }
        throw new IOException("the S3 server ended before it listened: exit code " + process.exitValue());
    }

    @Override
    public synchronized void close() throws IOException {
        if (postgres.isPresent()) {
            postgres.get().close();
        }
        if (s3.isPresent()) {
            s3.get().client().close();
            s3.get().process().destroyForcibly().onExit().join();
            Durable.deleteTree(s3.get().directory());
        }
    }

    /// Gives tests the servers: the same ones to all tests of this JVM.
    public static final class Given implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == SharedServers.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.GLOBAL)
                    .computeIfAbsent(SharedServers.class, _ -> new SharedServers(), SharedServers.class);
        }
    }
}
