package dev.firstpass.loadtest.soak;

import com.google.protobuf.UnsafeByteOperations;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import dev.firstpass.loadtest.DetectorModel;
import dev.firstpass.loadtest.TensorRequest;
import dev.firstpass.loadtest.drive.Photos;
import dev.firstpass.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.firstpass.proto.inference.ModelInferRequest;
import dev.firstpass.proto.inference.ModelInferRequest.InferInputTensor;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelsGrpc.PrelabelsBlockingStub;
import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// What people and their programs ask for, through all doors; each request has to be answered.
///
/// Thread-safe. Who makes it closes it.
final class GoodRequests implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final Duration NOW_AND_THEN = Duration.ofMillis(250);

    private final ClientFactory clients =
            ClientFactory.builder().connectTimeout(Duration.ofSeconds(10)).build();
    private final Photos photos;
    private final DetectorModel detector;
    private final byte[] pixels;
    private final WebClient http1;
    private final WebClient http2;
    private final PrelabelsBlockingStub prelabels;
    private final GRPCInferenceServiceBlockingStub tensors;

    /// @param target the server's root
    /// @param token of the scopes `prelabel` and `tensors`
    GoodRequests(URI target, String token, Photos photos, DetectorModel detector) {
        this.photos = photos;
        this.detector = detector;
        this.pixels = TensorRequest.pixels(detector);
        this.http1 = http("h1c", target, token);
        this.http2 = http("h2c", target, token);
        this.prelabels = grpc(target, token, PrelabelsBlockingStub.class);
        this.tensors = grpc(target, token, GRPCInferenceServiceBlockingStub.class);
    }

    private WebClient http(String scheme, URI target, String token) {
        return WebClient.builder(scheme + "://" + target.getRawAuthority())
                .factory(clients)
                .responseTimeout(PATIENCE)
                .setHeader("authorization", "Bearer " + token)
                .build();
    }

    private <T> T grpc(URI target, String token, Class<T> stub) {
        return GrpcClients.builder("gproto+h2c://" + target.getRawAuthority())
                .factory(clients)
                .responseTimeout(PATIENCE)
                .setHeader("authorization", "Bearer " + token)
                .build(stub);
    }

    /// @param name of the model that takes raw tensors
    List<Lane> lanes(String name) {
        return List.of(
                new Lane("photo, HTTP/1.1", NOW_AND_THEN, turn -> photo(http1, "coco", turn)),
                new Lane("photo, HTTP/2", NOW_AND_THEN, turn -> photo(http2, "salient", turn)),
                new Lane("photo, gRPC", NOW_AND_THEN, this::photoByGrpc),
                new Lane("photo asked for again", OFTEN, this::photoAgain),
                new Lane("tensors, HTTP", OFTEN, turn -> tensorsByHttp(turn % 2 == 0 ? http1 : http2, name)),
                new Lane("tensors, gRPC", OFTEN, _ -> tensorsByGrpc(name)));
    }

    /// One that nobody has seen before: it is decoded and run.
    private Told photo(WebClient client, String model, long turn) {
        return post(client, prelabels(model, true), photos.photo((int) turn, turn));
    }

    private Told photoAgain(long turn) {
        String model = turn % 2 == 0 ? "coco" : "salient";
        return post(http2, prelabels(model, false), photos.photo((int) (turn / 2 % photos.count()), 0));
    }

    private static RequestHeaders prelabels(String model, boolean anew) {
        RequestHeadersBuilder headers = RequestHeaders.builder(
                        HttpMethod.POST, "/v1/models/" + model + "/prelabels?timeout=80s")
                .set("content-type", "application/octet-stream");
        if (anew) {
            headers.set("cache-control", "no-cache");
        }
        return headers.build();
    }

    private static Told post(WebClient client, RequestHeaders headers, byte[] body) {
        AggregatedHttpResponse answer = client.execute(HttpRequest.of(headers, HttpData.wrap(body)))
                .aggregate()
                .join();
        return Told.good(answer.status().code(), answer.contentUtf8());
    }

    private Told photoByGrpc(long turn) {
        try {
            var _ = prelabels.prelabel(PrelabelRequest.newBuilder()
                    .setModel("coco")
                    .setImage(UnsafeByteOperations.unsafeWrap(photos.photo((int) turn, -turn - 1)))
                    .build());
            return Told.expected("200");
        } catch (StatusRuntimeException e) {
            return refused(e);
        }
    }

    private Told tensorsByHttp(WebClient client, String name) {
        byte[] head = TensorRequest.json(detector).getBytes(StandardCharsets.UTF_8);
        RequestHeaders headers = RequestHeaders.builder(HttpMethod.POST, "/v2/models/" + name + "/infer")
                .set("content-type", "application/octet-stream")
                .set("inference-header-content-length", Integer.toString(head.length))
                .build();
        AggregatedHttpResponse answer = client.execute(
                        HttpRequest.of(headers, HttpData.wrap(head), HttpData.wrap(pixels)))
                .aggregate()
                .join();
        return Told.good(answer.status().code(), answer.contentUtf8());
    }

    private Told tensorsByGrpc(String name) {
        long side = detector.side();
        try {
            var _ = tensors.modelInfer(ModelInferRequest.newBuilder()
                    .setModelName(name)
                    .addInputs(InferInputTensor.newBuilder()
                            .setName("images")
                            .setDatatype("UINT8")
                            .addAllShape(List.of(1L, 3L, side, side)))
                    .addRawInputContents(UnsafeByteOperations.unsafeWrap(pixels))
                    .build());
            return Told.expected("200");
        } catch (StatusRuntimeException e) {
            return refused(e);
        }
    }

    private static Told refused(StatusRuntimeException failure) {
        return Told.unexpected(failure.getStatus().getCode().name(), String.valueOf(failure.getMessage()));
    }

    @Override
    public void close() {
        clients.close();
    }
}
