package dev.slipway.benchmark.reads;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * How long answers took, from when the request was due to after the answer's last byte.
 *
 * @param sorted nanoseconds
 */
record Latencies(long[] sorted) {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * Asks at a constant rate, however long the answers before take.
     *
     * @param request makes the request of a number, from 0
     * @throws IOException if an answer is not 200 or 304
     */
    static Latencies at(int perSecond, int requests, IntFunction<HttpRequest> request)
            throws IOException, InterruptedException {
        var took = new long[requests];
        var started = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Void>>();
            for (var i = 0; i < requests; i++) {
                var number = i;
                var due = started + TimeUnit.SECONDS.toNanos(i) / perSecond;
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                answers.add(threads.submit(() -> {
                    ask(request.apply(number));
                    took[number] = System.nanoTime() - due;
                    return null;
                }));
            }
            await(answers);
        }
        Arrays.sort(took);
        return new Latencies(took);
    }

    /**
     * Asks, a number of callers side by side, each as soon as it has its last answer.
     *
     * @return how many answers there were in a second
     * @throws IOException if an answer is not 200 or 304
     */
    static double inARow(int callers, int requests, IntFunction<HttpRequest> request)
            throws IOException, InterruptedException {
        var next = new AtomicInteger();
        var started = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Void>>();
            for (var caller = 0; caller < callers; caller++) {
                answers.add(threads.submit(() -> {
                    for (var i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
                        ask(request.apply(i));
                    }
                    return null;
                }));
            }
            await(answers);
        }
        return requests * 1e9 / (System.nanoTime() - started);
    }

    private static void ask(HttpRequest request) throws IOException, InterruptedException {
        var answer = HTTP.send(request, BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200 && answer.statusCode() != 304) {
            throw new IOException(
                    "%s was answered %d: %s".formatted(answer.uri(), answer.statusCode(), new String(answer.body())));
        }
    }

    private static void await(List<Future<Void>> answers) throws IOException, InterruptedException {
        try {
            for (var answer : answers) {
                answer.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    /** The time within which that share was answered, in milliseconds. */
    double at(double share) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e6;
    }
}
