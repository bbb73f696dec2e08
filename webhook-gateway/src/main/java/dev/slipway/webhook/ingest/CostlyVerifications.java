package dev.slipway.webhook.ingest;

import dev.slipway.webhook.scheme.Verification;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import jakarta.inject.Singleton;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * Judges requests that take milliseconds, off the event loops, while a bounded number waits. So forgeries that cost much
 * to refuse hold up nobody else for long: one processor is left to all others, as far as there is more than one. On a
 * single one a worker and the event loops take turns, as the operating system lets them.
 */
@Singleton
public class CostlyVerifications {

    private final WorkerExecutor workers;
    private final Semaphore room;

    public CostlyVerifications(Vertx vertx, IngestConfig config) {
        this.workers = vertx.createSharedWorkerExecutor(
                "verification", workers(Runtime.getRuntime().availableProcessors()));
        this.room = new Semaphore(config.verifying());
    }

    /** How many are judged at a time. */
    static int workers(int processors) {
        return Math.max(1, processors - 1);
    }

    /**
     * Judges a request, and goes on with it on the event loop of the caller. If going on throws something, that is a
     * failure, too: whoever waits is to be answered.
     *
     * @return whether there is room for it; if not, nothing is done
     */
    boolean judge(Callable<Verification> verify, Consumer<Verification> whenJudged, Consumer<Throwable> whenFailed) {
        if (!room.tryAcquire()) {
            return false;
        }
        workers.executeBlocking(verify, false)
                .onComplete(judged -> room.release())
                .map(verification -> {
                    whenJudged.accept(verification);
                    return verification;
                })
                .onFailure(whenFailed::accept);
        return true;
    }
}
