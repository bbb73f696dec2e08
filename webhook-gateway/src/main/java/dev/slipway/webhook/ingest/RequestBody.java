package dev.slipway.webhook.ingest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Reads the body of one request, on its event loop. It never holds more than its limit, whether the length was announced
 * or not; what exceeds it is thrown away as it comes, so that the sender gets to read its answer, until that becomes a
 * burden of its own and the connection is closed.
 */
final class RequestBody {

    /** How many times the limit is thrown away before the connection is closed. */
    private static final int PATIENCE = 8;

    private final HttpServerRequest request;
    private final long limit;
    private final AtomicLong unanswered;
    private final long mostUnanswered;
    private final Buffer body = Buffer.buffer();
    private boolean refused;
    private long thrownAway;
    private long held;

    /**
     * @param limit the most bytes that are taken
     * @param unanswered how many bytes all requests hold together
     * @param mostUnanswered how many they may hold
     */
    RequestBody(HttpServerRequest request, long limit, AtomicLong unanswered, long mostUnanswered) {
        this.request = request;
        this.limit = limit;
        this.unanswered = unanswered;
        this.mostUnanswered = mostUnanswered;
    }

    /** Reads it; one of the two is called, once. */
    void read(Consumer<byte[]> whenComplete, Consumer<Refusal> whenRefused) {
        request.handler(chunk -> take(chunk, whenRefused));
        request.endHandler(end -> {
            if (!refused) {
                whenComplete.accept(body.getBytes());
            }
        });
        if (announcedLength() > limit) {
            refuse(Refusal.TOO_LARGE, whenRefused);
        }
        request.resume();
    }

    /** Reads it to no end, because the answer does not depend on it. */
    void throwAway() {
        refused = true;
        read(complete -> {}, refusal -> {});
    }

    /** Gives back what it holds, once the request is answered or gone. */
    void release() {
        unanswered.addAndGet(-held);
        held = 0;
    }

    private void take(Buffer chunk, Consumer<Refusal> whenRefused) {
        if (refused) {
            thrownAway += chunk.length();
            if (thrownAway > limit * PATIENCE) {
                request.connection().close();
            }
        } else if (body.length() + chunk.length() > limit) {
            refuse(Refusal.TOO_LARGE, whenRefused);
        } else if (unanswered.addAndGet(chunk.length()) > mostUnanswered) {
            held += chunk.length();
            refuse(Refusal.TOO_BUSY, whenRefused);
        } else {
            held += chunk.length();
            body.appendBuffer(chunk);
        }
    }

    private void refuse(Refusal refusal, Consumer<Refusal> whenRefused) {
        refused = true;
        whenRefused.accept(refusal);
    }

    private long announcedLength() {
        try {
            var length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Why a body is not read to its end. */
    enum Refusal {
        /** It is larger than the limit. */
        TOO_LARGE,
        /** All requests together hold too much. */
        TOO_BUSY
    }
}
