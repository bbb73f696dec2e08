package dev.slipway.benchmark.reads;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * How long answers took, from before the request to after its last byte.
 *
 * @param sorted nanoseconds
 */
record Latencies(long[] sorted) {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * Asks, a number of callers side by side, each as soon as it has its last answer.
     *
     * @param request makes the request of a number, from 0
     * @throws IOException if an answer is not 200 or 304
     */
    static Latencies of(int callers, int requests, Function<Integer, HttpRequest> request)
            throws IOException, InterruptedException {
        var took = new long[requests];
        var work = new ArrayList<Callable<Void>>();
        for (var caller = 0; caller < callers; caller++) {
            var first = caller;
            work.add(() -> {
                for (var i = first; i < requests; i += callers) {
                    var started = System.nanoTime();
                    var answer = HTTP.send(request.apply(i), BodyHandlers.ofByteArray());
                    took[i] = System.nanoTime() - started;
                    if (answer.statusCode() != 200 && answer.statusCode() != 304) {
                        throw new IOException("%s was answered %d: %s"
                                .formatted(answer.uri(), answer.statusCode(), new String(answer.body())));
                    }
                }
                return null;
            });
        }
        try (var threads = Executors.newFixedThreadPool(callers)) {
            for (var done : threads.invokeAll(work)) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
        Arrays.sort(took);
        return new Latencies(took);
    }

    /** The time within which that share was answered, in milliseconds. */
    double at(double share) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e6;
    }
}
