package dev.slipway.benchmark.gateway;

import dev.slipway.benchmark.gateway.Load.Throughput;
import dev.slipway.benchmark.stand.Program;
import dev.slipway.benchmark.stand.Stand;
import dev.slipway.benchmark.stand.Stand.Service;
import dev.slipway.benchmark.stand.Table;
import dev.slipway.devstack.port.Ports;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Measures the gateway, its floors and a peer one after the other, and prints a table. PostgreSQL and Kafka are the
 * devstack's, the gateway is the packaged one, started as {@code ./slipway} starts it; all load comes from this machine.
 *
 * <p>Arguments: {@code --quick} measures for a tenth of the time, to see that all works; {@code --soak=<minutes>} says
 * for how long memory is watched under full load, 10 unless told.
 */
public final class GatewayBenchmark {

    private static final String SECRET = "whsec_benchmark";
    private static final String TOPIC = "slipway.webhooks";
    private static final int CONNECTIONS = 256;
    private static final int REPEATS = 10;
    private static final int FORGERIES = 5;
    private static final int SMALL = 2 * 1024;
    private static final int LARGE = 8 * 1024;

    private final boolean quick;
    private final int soakMinutes;
    private final Stand stand;
    private final Service gateway;
    private final Load load;
    private final Floors floors;
    private final Table table = new Table();

    private GatewayBenchmark(List<String> arguments, Stand stand, Service gateway) {
        this.stand = stand;
        this.gateway = gateway;
        this.load = new Load(stand.root().resolve("benchmarks/gateway/stripe.lua"), SECRET);
        this.floors = new Floors(stand.jdbcUrl(), stand.kafka());
        this.quick = arguments.contains("--quick");
        this.soakMinutes = arguments.stream()
                .filter(argument -> argument.startsWith("--soak="))
                .map(argument -> Integer.parseInt(argument.substring("--soak=".length())))
                .findFirst()
                .orElse(10);
    }

    /** Runs all of it. Exit code 1: something that must hold did not. */
    public static void main(String[] arguments) throws Exception {
        boolean holds;
        try (var stand = Stand.start()) {
            try (var admin = Admin.create(Map.of("bootstrap.servers", stand.kafka()))) {
                admin.createTopics(List.of(new NewTopic("floor", 6, (short) 1)))
                        .all()
                        .get();
            }
            try (var gateway = stand.service("webhook-gateway", Map.of("STRIPE_WEBHOOK_SECRET", SECRET))) {
                holds = new GatewayBenchmark(Arrays.asList(arguments), stand, gateway).run();
            }
        }
        System.exit(holds ? 0 : 1);
    }

    private boolean run() throws Exception {
        var small = most(SMALL);
        var large = most(LARGE);
        compare(SMALL, small);
        compare(LARGE, large);
        forgeries(small.load());
        constant(SMALL);
        constant(LARGE);
        memory();
        nothingIsLost();
        table.show();
        return table.holds();
    }

    /**
     * What the gateway did under the most load.
     *
     * @param stored events a second: what was accepted, without repeats
     */
    private record Most(Throughput load, double stored) {}

    private Most most(int bytes) throws IOException, InterruptedException {
        say("the gateway, %d bytes".formatted(bytes));
        load.most(gatewayUrl(), bytes, CONNECTIONS, seconds(40), REPEATS, FORGERIES);
        var rows = rows();
        var most = load.most(gatewayUrl(), bytes, CONNECTIONS, seconds(30), REPEATS, FORGERIES);
        return new Most(most, (rows() - rows) / most.seconds());
    }

    private void compare(int bytes, Most gateway) throws Exception {
        var accepted = gateway.load();
        var bodies = bodies(bytes);
        say("floors, %d bytes".formatted(bytes));
        floors.insert(bodies, seconds(5));
        var insert = floors.insert(bodies, seconds(20));
        floors.produce("floor", bodies, seconds(5));
        var produce = floors.produce("floor", bodies, seconds(20));
        var answer = answer(bytes);
        say("the peer, %d bytes".formatted(bytes));
        var peer = peer(bytes);
        var combined = 1 / (1 / insert + 1 / produce + 1 / answer);
        table.add("deliveries/s, %d KiB".formatted(bytes / 1024), accepted.accepted(), "");
        table.add("· new ones of them, stored and on Kafka", gateway.stored(), "");
        table.add("· p50 / p99 then, ms", "%.1f / %.1f".formatted(accepted.p50(), accepted.p99()), "");
        table.add("· floor: insert, rows/s", insert, "");
        table.add("· floor: produce, records/s", produce, "");
        table.add("· floor: answer, answers/s", answer, "");
        table.add("· floors combined, 1/s", combined, "");
        table.goal("· new ones ÷ floors combined", gateway.stored() / combined, ">=", 0.75);
        table.add("· peer, deliveries/s", peer.accepted(), "");
        table.goal("· gateway ÷ peer", accepted.accepted() / peer.accepted(), ">=", 3);
        table.goal("· connections broken, answers missing", accepted.broken(), "<=", 0);
    }

    private double answer(int bytes) throws Exception {
        var port = Ports.free();
        try (var _ = stand.java(
                "answerer",
                Map.of(),
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Answerer.class.getName(),
                        Integer.toString(port)))) {
            stand.await(() -> answers(port));
            var url = "http://127.0.0.1:%d/webhooks/stripe".formatted(port);
            load.most(url, bytes, CONNECTIONS, seconds(10), REPEATS, FORGERIES);
            return load.most(url, bytes, CONNECTIONS, seconds(20), REPEATS, FORGERIES)
                    .answered();
        }
    }

    private Throughput peer(int bytes) throws Exception {
        var port = Ports.free();
        try (var _ = Program.start(
                stand.log("peer"),
                Map.of("NODE_ENV", "production"),
                List.of(
                        "node",
                        stand.root()
                                .resolve("benchmarks/gateway/peer/server.js")
                                .toString(),
                        Integer.toString(port),
                        "postgres://slipway:slipway@127.0.0.1:%d/slipway".formatted(stand.postgresPort()),
                        stand.kafka(),
                        "floor",
                        SECRET))) {
            stand.await(() -> answers(port));
            var url = "http://127.0.0.1:%d/webhooks/stripe".formatted(port);
            load.most(url, bytes, CONNECTIONS, seconds(15), REPEATS, FORGERIES);
            return load.most(url, bytes, CONNECTIONS, seconds(30), REPEATS, FORGERIES);
        }
    }

    private void forgeries(Throughput accepted) throws Exception {
        say("forgeries");
        load.most(gatewayUrl(), SMALL, CONNECTIONS, seconds(10), 0, 100);
        var rows = rows();
        var rejected = rejected();
        var forged = load.most(gatewayUrl(), SMALL, CONNECTIONS, seconds(20), 0, 100);
        // As the gateway counts them: to wrk a 503 is as good as a 400.
        var refusals = (rejected() - rejected) / forged.seconds();
        table.add("forgeries refused/s, 2 KiB", refusals, "");
        table.goal("refused ÷ accepted", refusals / accepted.accepted(), ">=", 5);
        table.add("· answered otherwise, such as 503, 1/s", Math.max(0, forged.answered() - refusals), "");
        table.goal("rows written by forgeries", rows() - rows, "<=", 0);
    }

    private void constant(int bytes) throws Exception {
        say("1,000 a second, %d bytes".formatted(bytes));
        load.constant(gatewayUrl(), bytes, 1_000, seconds(20));
        var following = new Topic(stand.kafka(), TOPIC).follow();
        var rows = rows();
        var result = load.constant(gatewayUrl(), bytes, 1_000, seconds(60));
        var lags = following.stop();
        table.add("at 1,000/s, %d KiB: answers/s".formatted(bytes / 1024), result.answered(), "");
        table.add("· acknowledgement p50, ms", "%.1f".formatted(result.p50()), "");
        table.goal("· acknowledgement p99, ms", result.p99(), "<=", 25);
        table.add("· acknowledgement p99.9 / max, ms", "%.1f / %.1f".formatted(result.p999(), result.max()), "");
        table.add("· sent later than due, at most, ms", "%.1f".formatted(result.latest()), "");
        table.add("· statuses", result.statuses(), "");
        table.goal(
                "· acknowledged events without a row", Math.max(0, result.acknowledged() - (rows() - rows)), "<=", 0);
        table.goal("· acknowledged events not on Kafka", Math.max(0, result.acknowledged() - lags.size()), "<=", 0);
        table.add("· on Kafka after p50 / p99, ms", "%d / %d".formatted(at(lags, 0.5), at(lags, 0.99)), "");
        table.goal("· on Kafka after, at most, ms", at(lags, 1), "<=", 1_000);
    }

    private void memory() throws Exception {
        var minutes = quick ? 1 : soakMinutes;
        if (minutes == 0) {
            return;
        }
        say("memory under full load, %d minutes".formatted(minutes));
        var samples = new ArrayList<Long>();
        try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            var sampling = clock.scheduleAtFixedRate(
                    () -> {
                        try {
                            samples.add(gateway.program().residentMiB());
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    },
                    0,
                    1,
                    TimeUnit.SECONDS);
            load.most(gatewayUrl(), SMALL, CONNECTIONS, minutes * 60, REPEATS, FORGERIES);
            sampling.cancel(false);
        }
        table.goal(
                "resident memory, at most, MiB",
                samples.stream().mapToLong(it -> it).max().orElseThrow(),
                "<=",
                512);
        var tenth = Math.max(1, samples.size() / 10);
        var early = samples.subList(tenth, 2 * tenth).stream()
                .mapToLong(it -> it)
                .average()
                .orElse(0);
        var late = samples.subList(samples.size() - tenth, samples.size()).stream()
                .mapToLong(it -> it)
                .average()
                .orElse(0);
        table.goal("· last tenth of %d min ÷ second".formatted(minutes), late / early, "<=", 1.05);
    }

    private void nothingIsLost() throws Exception {
        say("what came, and what is on Kafka");
        var topic = new Topic(stand.kafka(), TOPIC);
        stand.await(() -> stand.query("SELECT count(*) FROM webhook.unpublished") == 0);
        var published = topic.verifiedIds().size();
        table.add("deliveries stored in all", rows(), "");
        table.goal("· of them not on Kafka", rows() - published, "<=", 0);
    }

    private String gatewayUrl() {
        return gateway.uri() + "/webhooks/stripe";
    }

    /** How many requests the gateway has answered 400 or 401. */
    private double rejected() throws IOException, InterruptedException {
        return metrics()
                .body()
                .lines()
                .filter(line ->
                        line.startsWith("slipway_webhook_deliveries_total{") && line.contains("outcome=\"rejected\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private HttpResponse<String> metrics() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(gateway.uri().resolve("/metrics")).build(), BodyHandlers.ofString());
        }
    }

    private static boolean answers(int port) {
        try (var socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Bodies that the gateway took, of about this size. */
    private List<byte[]> bodies(int bytes) throws SQLException {
        try (var connection = DriverManager.getConnection(stand.jdbcUrl());
                var statement = connection.prepareStatement(
                        "SELECT body FROM webhook.delivery WHERE octet_length(body) BETWEEN ? AND ? LIMIT 500")) {
            statement.setInt(1, bytes * 3 / 4);
            statement.setInt(2, bytes * 5 / 4);
            var bodies = new ArrayList<byte[]>();
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    bodies.add(rows.getBytes(1));
                }
            }
            return bodies;
        }
    }

    private long rows() {
        return stand.query("SELECT count(*) FROM webhook.delivery");
    }

    private int seconds(int full) {
        return quick ? Math.max(2, full / 10) : full;
    }

    private static long at(List<Long> sorted, double share) {
        return sorted.isEmpty() ? -1 : sorted.get((int) Math.min(sorted.size() - 1, Math.floor(share * sorted.size())));
    }

    private static void say(String what) {
        System.out.println("… " + what);
    }
}
