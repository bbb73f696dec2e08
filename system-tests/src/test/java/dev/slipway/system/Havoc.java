package dev.slipway.system;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** Kills one replica after the other, restarts Kafka, and cuts connections to PostgreSQL, until it is closed. */
final class Havoc implements AutoCloseable {

    /** For how long a replica that is there again is left alone; the other one is killed then. */
    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(2);

    private static final Duration BETWEEN_CUTS = Duration.ofSeconds(1);
    private static final Duration FIRST_RESTART_OF_KAFKA = Duration.ofSeconds(10);
    private static final Duration BETWEEN_RESTARTS_OF_KAFKA = Duration.ofSeconds(60);

    private final ReleaseSystem slipway;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(3);
    private final List<Future<?>> doings = new ArrayList<>();
    private final AtomicInteger kills = new AtomicInteger();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicInteger restarts = new AtomicInteger();

    private interface Doing {
        void run() throws Exception;
    }

    private Havoc(ReleaseSystem slipway) {
        this.slipway = slipway;
    }

    static Havoc start(ReleaseSystem slipway) {
        var havoc = new Havoc(slipway);
        havoc.repeat(havoc::kill, BETWEEN_KILLS, BETWEEN_KILLS);
        havoc.repeat(havoc::cut, BETWEEN_CUTS, BETWEEN_CUTS);
        havoc.repeat(havoc::restartKafka, FIRST_RESTART_OF_KAFKA, BETWEEN_RESTARTS_OF_KAFKA);
        return havoc;
    }

    int restartsOfKafka() {
        return restarts.get();
    }

    private void repeat(Doing doing, Duration first, Duration pause) {
        doings.add(threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        doing.run();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                },
                first.toMillis(),
                pause.toMillis(),
                MILLISECONDS));
    }

    private void kill() {
        var replica = slipway.replicas()
                .get(kills.getAndIncrement() % slipway.replicas().size());
        replica.kill();
        replica.restart();
        replica.awaitReadyWhateverHappens();
    }

    /** Cuts one in four connections of the services, in the middle of whatever they do. */
    private void cut() throws SQLException {
        cuts.addAndGet(slipway.rows("""
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE application_name = 'release-service' AND random() < 0.25
                        """).size());
    }

    private void restartKafka() {
        slipway.kafka().kill();
        slipway.kafka().start();
        restarts.incrementAndGet();
    }

    /** Ends when what it is about to do is done; all that was killed is there again. */
    @Override
    public void close() throws Exception {
        threads.shutdown();
        if (!threads.awaitTermination(120, SECONDS)) {
            throw new IllegalStateException("What was killed does not come back");
        }
        for (var doing : doings) {
            if (doing.state() == Future.State.FAILED) {
                throw new IllegalStateException("It was too much for the test itself", doing.exceptionNow());
            }
        }
    }

    @Override
    public String toString() {
        return "%s kills, %s connections cut, %s restarts of Kafka".formatted(kills, cuts, restarts);
    }
}
