package dev.slipway.webhook.ingest;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Reads the body of one request, on its event loop. It never holds more than its limit, whether the length was announced
 * or not; what exceeds it is thrown away as it comes, so that the sender gets to read its answer, until that becomes a
 * burden of its own and the connection is closed. Nor does it wait for longer than its time, however slowly the body
 * drips.
 */
final class RequestBody {

    /** How many times the limit is thrown away before the connection is closed. */
    private static final int PATIENCE = 8;

    /** Room that is made for a body by what its sender announces; more only as it comes. */
    private static final int ROOM = 16 * 1024;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final long limit;
    private final Duration within;
    private final AtomicLong unanswered;
    private final long mostUnanswered;
    private Buffer body = Buffer.buffer();
    private boolean done;
    private long thrownAway;
    private long held;

    /**
     * @param limit the most bytes that are taken
     * @param within how long the body may take to come, whether it is kept or not
     * @param unanswered how many bytes all requests hold together
     * @param mostUnanswered how many they may hold
     */
    RequestBody(
            Vertx vertx,
            HttpServerRequest request,
            long limit,
            Duration within,
            AtomicLong unanswered,
            long mostUnanswered) {
        this.vertx = vertx;
        this.request = request;
        this.limit = limit;
        this.within = within;
        this.unanswered = unanswered;
        this.mostUnanswered = mostUnanswered;
    }

    /** Reads it; one of the two is called, once. */
    void read(Consumer<byte[]> whenComplete, Consumer<Refusal> whenRefused) {
        var announced = announcedLength();
        if (announced > limit) {
            throwAway();
            whenRefused.accept(Refusal.TOO_LARGE);
            return;
        }
        body = Buffer.buffer((int) Math.min(announced, ROOM));
        request.handler(chunk -> take(chunk, whenRefused));
        receive(
                () -> {
                    if (!done) {
                        done = true;
                        var bytes = body.getBytes();
                        body = Buffer.buffer();
                        whenComplete.accept(bytes);
                    }
                },
                () -> {
                    if (done) {
                        cutOff();
                    } else {
                        refuse(Refusal.TOO_SLOW, whenRefused);
                    }
                });
    }

    /** Reads it to no end, because the answer does not depend on it. */
    void throwAway() {
        done = true;
        request.handler(this::throwAway);
        receive(() -> {}, this::cutOff);
    }

    private void receive(Runnable whenComplete, Runnable whenLate) {
        var timer = vertx.setTimer(within.toMillis(), id -> whenLate.run());
        request.endHandler(end -> {
            vertx.cancelTimer(timer);
            whenComplete.run();
        });
        request.exceptionHandler(gone -> {
            vertx.cancelTimer(timer);
            done = true;
        });
        request.resume();
    }

    private void cutOff() {
        request.connection().close();
    }

    /** Gives back what it holds, once the request is answered or gone. */
    void release() {
        unanswered.addAndGet(-held);
        held = 0;
    }

    private void take(Buffer chunk, Consumer<Refusal> whenRefused) {
        if (done) {
            throwAway(chunk);
            return;
        }
        held += chunk.length();
        if (unanswered.addAndGet(chunk.length()) > mostUnanswered) {
            refuse(Refusal.TOO_BUSY, whenRefused);
        } else if (body.length() + chunk.length() > limit) {
            refuse(Refusal.TOO_LARGE, whenRefused);
        } else {
            body.appendBuffer(chunk);
        }
    }

    private void throwAway(Buffer chunk) {
        thrownAway += chunk.length();
        if (thrownAway > limit * PATIENCE) {
            cutOff();
        }
    }

    private void refuse(Refusal refusal, Consumer<Refusal> whenRefused) {
        done = true;
        body = Buffer.buffer();
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
        /** It did not come in time. */
        TOO_SLOW,
        /** All requests together hold too much. */
        TOO_BUSY
    }
}
