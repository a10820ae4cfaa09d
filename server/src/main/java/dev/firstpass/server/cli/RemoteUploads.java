package dev.firstpass.server.cli;

import dev.firstpass.server.failure.FailureException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Sends bundles in pieces, and goes on where it was when the connection breaks.
///
/// For one thread. Owns nothing.
final class RemoteUploads {
    private static final String UPLOADS = "v1/registry/uploads";
    private static final long PIECE_BYTES = 32L << 20;
    private static final Duration PIECE_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);

    /// Attempts without a byte more than before, after which it is given up: about a minute and a half.
    private static final int MAX_ATTEMPTS = 12;

    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;

    private final HttpCalls calls;
    private final Sleep sleep;

    RemoteUploads(HttpCalls calls, Sleep sleep) {
        this.calls = calls;
        this.sleep = sleep;
    }

    /// How to wait.
    @FunctionalInterface
    interface Sleep {
        void millis(long millis) throws InterruptedException;
    }

    /// What may break.
    @FunctionalInterface
    interface Attempt<T> {
        T make() throws IOException;
    }

    /// Sends a bundle, which is read twice: for its hash, and to send it.
    ///
    /// @return the upload's id
    String send(String name, Bundle bundle, Progress progress) throws IOException {
        long length = bundle.length();
        String body = "{\"length\": " + length + ", \"sha256\": \"" + bundle.sha256() + "\"}";
        String id = calls.sendForJson(calls.to(UPLOADS)
                        .header("Content-Type", "application/json")
                        .timeout(ASK_TIMEOUT)
                        .POST(BodyPublishers.ofString(body))
                        .build())
                .path("id")
                .asText();
        Progress.Task task = progress.begin("Sending " + name, length, Progress.Unit.BYTES);
        return Progress.during(task, () -> {
            send(id, bundle, task);
            return id;
        });
    }

    private void send(String id, Bundle bundle, Progress.Task task) {
        long length = bundle.length();
        Sent sent = new Sent(task);
        long offset = 0;
        int attempts = 0;
        while (offset < length) {
            long before = offset;
            IOException broken = null;
            try {
                offset = sendPiece(id, bundle, offset, Math.min(PIECE_BYTES, length - offset), sent);
            } catch (IOException e) {
                broken = e;
            } catch (FailureException e) {
                requireMendable(e);
                broken = new IOException(e);
            }
            if (broken != null) {
                bundle.requireUnchanged();
                pause(++attempts, broken);
                offset = patiently(() -> offset(id));
            }
            if (offset > before) {
                attempts = 0;
            }
        }
    }

    /// What comes of a connection that broke: the server has come to another place, or still has the broken request.
    private static void requireMendable(FailureException refused) {
        boolean mendable = switch (refused.failure().reason()) {
            case PRECONDITION_FAILED, IN_USE, REQUEST_TIMEOUT, CANCELLED -> true;
            default -> refused.failure().reason().retryable();
        };
        if (!mendable) {
            throw refused;
        }
    }

    private long sendPiece(String id, Bundle bundle, long offset, long count, Sent sent) throws IOException {
        HttpRequest.BodyPublisher piece = BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(() -> new Piece(bundle, offset, count, sent)), count);
        HttpResponse<byte[]> answer = calls.exchange(calls.to(UPLOADS + "/" + id)
                .header("Content-Type", "application/octet-stream")
                .header("Upload-Offset", Long.toString(offset))
                .timeout(PIECE_TIMEOUT)
                .method("PATCH", piece)
                .build());
        return offset(answer);
    }

    private long offset(String id) throws IOException {
        return offset(calls.exchange(
                calls.to(UPLOADS + "/" + id).timeout(ASK_TIMEOUT).HEAD().build()));
    }

    private static long offset(HttpResponse<byte[]> answer) {
        return answer.headers()
                .firstValueAsLong("Upload-Offset")
                .orElseThrow(() -> CliException.failed("the server does not say how much of the upload has come"));
    }

    /// Makes a call that does no harm when it is made twice, until its answer comes.
    <T> T patiently(Attempt<T> attempt) {
        for (int attempts = 1; ; attempts++) {
            try {
                return attempt.make();
            } catch (IOException e) {
                pause(attempts, e);
            }
        }
    }

    private void pause(int attempts, IOException broken) {
        if (attempts >= MAX_ATTEMPTS) {
            throw CliException.failed(
                    "the connection to the server broke time after time: " + broken.getMessage(), broken);
        }
        try {
            sleep.millis(Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(attempts - 1, 10)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted", e);
        }
    }

    /// How far it was at most: what is sent twice is shown once. The HTTP client reads ahead by little.
    private static final class Sent {
        private final Progress.Task task;
        private long furthest;

        Sent(Progress.Task task) {
            this.task = task;
        }

        synchronized void reached(long offset) {
            if (offset > furthest) {
                task.advance(offset - furthest);
                furthest = offset;
            }
        }
    }

    /// A part of a bundle, read by a thread of the HTTP client.
    private static final class Piece extends FilterInputStream {
        private final Sent sent;
        private final long end;
        private long at;

        Piece(Bundle bundle, long offset, long count, Sent sent) {
            super(bundle.from(offset));
            this.at = offset;
            this.end = offset + count;
            this.sent = sent;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int from, int count) throws IOException {
            int read = at >= end ? -1 : super.read(bytes, from, (int) Math.min(count, end - at));
            if (read > 0) {
                at += read;
                sent.reached(at);
            }
            return read;
        }
    }
}
