package dev.firstpass.server.asset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.firstpass.server.asset.LabelStudioHost.AccessToken;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// What Label Studio keeps of its users' images, fetched with the token that it gave.
///
/// Thread-safe. A personal token is changed into one that holds for some minutes, which is kept until Label Studio no longer takes
/// it.
final class LabelStudioFiles {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int UNAUTHORIZED = 401;

    private final LabelStudioHost host;
    private final WebAssets web;
    private final AtomicReference<Optional<String>> access = new AtomicReference<>(Optional.empty());

    LabelStudioFiles(LabelStudioHost host, WebAssets web) {
        this.host = host;
        this.web = web;
    }

    /// @param paths below the host's address; the first that is there counts
    /// @throws FailureException as [WebAssets#get]
    /// @throws InterruptedException if the request was cancelled
    byte[] get(List<String> paths, Deadline deadline) throws InterruptedException {
        int status = 0;
        for (String path : paths) {
            URI uri = web.parse(host.base() + path);
            WebAssets.Found found = web.find(uri, secret(false, deadline), deadline);
            boolean isOver = found instanceof WebAssets.Found.Status(int code) && code == UNAUTHORIZED;
            if (isOver && host.token().filter(AccessToken::isPersonal).isPresent()) {
                found = web.find(uri, secret(true, deadline), deadline);
            }
            switch (found) {
                case WebAssets.Found.Bytes(byte[] bytes) -> {
                    return bytes;
                }
                case WebAssets.Found.Status(int code) -> status = status == 0 ? code : status;
            }
        }
        String why = status == UNAUTHORIZED || status == 403
                ? "Label Studio does not take the token (status " + status
                        + "); the settings label-studio.token and label-studio.token-file say which"
                : "Label Studio answered with status " + status;
        throw Failure.ofField(Reason.ASSET_UNREACHABLE, TaskImage.FIELD, TaskImage.FIELD + ": " + why)
                .asException();
    }

    private WebAssets.Secret secret(boolean isAnew, Deadline deadline) throws InterruptedException {
        if (host.token().isEmpty()) {
            return WebAssets.Secret.NONE;
        }
        AccessToken token = host.token().get();
        String header = token.isPersonal() ? "Bearer " + access(token, isAnew, deadline) : "Token " + token.value();
        return new WebAssets.Secret(host.origin(), Map.of("authorization", header));
    }

    private String access(AccessToken token, boolean isAnew, Deadline deadline) throws InterruptedException {
        Optional<String> kept = access.get();
        if (kept.isPresent() && !isAnew) {
            return kept.get();
        }
        String body = JsonNodeFactory.instance
                .objectNode()
                .put("refresh", token.value())
                .toString();
        WebTransport.Reply reply = web.send(
                web.parse(host.base() + "api/token/refresh/"), WebAssets.Secret.NONE, Optional.of(body), deadline);
        Optional<String> given = reply.status() == 200 ? accessOf(reply.body()) : Optional.empty();
        access.set(given);
        return given.orElseThrow(() -> Failure.ofField(
                        Reason.ASSET_UNREACHABLE,
                        TaskImage.FIELD,
                        TaskImage.FIELD + ": Label Studio does not take the personal token (status " + reply.status()
                                + ")")
                .asException());
    }

    private static Optional<String> accessOf(byte[] body) {
        try {
            return Optional.of(JSON.readTree(body).path("access"))
                    .filter(JsonNode::isTextual)
                    .map(JsonNode::textValue)
                    .filter(text -> text.matches("[A-Za-z0-9._-]{1,8192}"));
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
