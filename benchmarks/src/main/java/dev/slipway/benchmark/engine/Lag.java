package dev.slipway.benchmark.engine;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How long it took until events were durable, as a service counts it in {@code slipway_events_lag_seconds}: from the time
 * that an event bears, which its client sets as it sends it, until the transaction is committed that it led to.
 *
 * @param events by seconds, the last of which are infinite: how many took at most so long
 */
record Lag(NavigableMap<Double, Double> events) {

    private static final Pattern BUCKET =
            Pattern.compile("slipway_events_lag_seconds_bucket\\{.*le=\"([0-9.E+-]+|\\+Inf)\".*} ([0-9.E+-]+)");

    /** What a service has counted since its start. */
    static Lag of(URI service) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var metrics = client.send(
                    HttpRequest.newBuilder(service.resolve("/metrics")).build(), BodyHandlers.ofString());
            return new Lag(metrics.body()
                    .lines()
                    .map(BUCKET::matcher)
                    .filter(bucket -> bucket.matches())
                    .collect(toMap(
                            bucket -> seconds(bucket.group(1)),
                            bucket -> Double.parseDouble(bucket.group(2)),
                            Double::sum,
                            TreeMap::new)));
        }
    }

    private static double seconds(String bound) {
        return bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
    }

    /** What came after that. */
    Lag since(Lag earlier) {
        return new Lag(events.entrySet().stream()
                .collect(toMap(
                        Map.Entry::getKey,
                        bucket -> bucket.getValue() - earlier.events().getOrDefault(bucket.getKey(), 0.0),
                        Double::sum,
                        TreeMap::new)));
    }

    /**
     * Milliseconds that a share of the events did not exceed; within a bucket, as if they lay there evenly.
     *
     * @throws IllegalStateException if no event was counted
     */
    double at(double share) {
        if (events.isEmpty() || events.lastEntry().getValue() == 0) {
            throw new IllegalStateException("No event was counted");
        }
        var wanted = share * events.lastEntry().getValue();
        var reached = events.entrySet().stream()
                .filter(bucket -> bucket.getValue() >= wanted)
                .findFirst()
                .orElseThrow();
        var below = Optional.ofNullable(events.lowerEntry(reached.getKey())).orElse(Map.entry(0.0, 0.0));
        var part = (wanted - below.getValue()) / (reached.getValue() - below.getValue());
        return 1e3 * (below.getKey() + part * (reached.getKey() - below.getKey()));
    }
}
