package dev.slipway.benchmark.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Clients in closed loops: each carries one release after the other through all phases, and sends no event before the
 * state shows the last one.
 */
final class Clients {

    private final Carrier carrier;
    private final int count;

    Clients(Carrier carrier, int count) {
        this.carrier = carrier;
        this.count = count;
    }

    /**
     * What the clients saw.
     *
     * @param releases that ended in the time
     * @param micros from each event until its client knew that it was durable, sorted
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
    record Figures(long releases, long[] micros, Duration time) {

        double releasesPerSecond() {
            return releases / seconds();
        }

        double eventsPerSecond() {
            return micros.length / seconds();
        }

        /** Milliseconds that a share of the events did not exceed. */
        double at(double share) {
            return micros[(int) Math.min(micros.length - 1L, (long) (share * micros.length))] / 1e3;
        }

        private double seconds() {
            return time.toNanos() / 1e9;
        }
    }

    /** Works for a while unmeasured, and then measured. */
    Figures run(Duration warmUp, Duration measured) throws InterruptedException, ExecutionException {
        var from = System.nanoTime() + warmUp.toNanos();
        var to = from + measured.toNanos();
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            var seen = new ArrayList<Future<Seen>>();
            for (var client = 0; client < count; client++) {
                var number = client;
                seen.add(threads.submit(() -> work(number, from, to)));
            }
            var releases = 0L;
            var micros = new ArrayList<long[]>();
            for (var one : seen) {
                releases += one.get().releases;
                micros.add(one.get().micros());
            }
            return new Figures(
                    releases,
                    micros.stream().flatMapToLong(Arrays::stream).sorted().toArray(),
                    measured);
        }
    }

    private Seen work(int client, long from, long to) throws Exception {
        var seen = new Seen();
        while (System.nanoTime() < to) {
            var release = carrier.begin(client);
            for (var phase = 0; phase < Carrier.PHASES; phase++) {
                var sent = System.nanoTime();
                release.advance(phase);
                var durable = System.nanoTime();
                if (durable >= from && durable < to) {
                    seen.event(durable - sent);
                }
            }
            var ended = System.nanoTime();
            if (ended >= from && ended < to) {
                seen.releases++;
            }
        }
        return seen;
    }

    /** What one client saw, without an object for each event. */
    private static final class Seen {

        private long releases;
        private long[] micros = new long[1024];
        private int events;

        private void event(long nanos) {
            if (events == micros.length) {
                micros = Arrays.copyOf(micros, 2 * events);
            }
            micros[events++] = nanos / 1_000;
        }

        private long[] micros() {
            return Arrays.copyOf(micros, events);
        }
    }
}
