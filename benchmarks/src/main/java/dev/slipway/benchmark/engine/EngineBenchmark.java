package dev.slipway.benchmark.engine;

import static java.util.stream.Collectors.toMap;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.slipway.benchmark.engine.Clients.Figures;
import dev.slipway.benchmark.stand.Stand;
import dev.slipway.benchmark.stand.Table;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures the release-service beside two peers, one after the other, and prints a table. PostgreSQL and Kafka are the
 * devstack's, the release-service is the packaged one, started as {@code ./slipway} starts it; the peers are libraries,
 * and run in the process of their clients. Each begins with an empty schema, is warmed up, and has the machine alone.
 *
 * <p>Arguments: {@code --quick} measures for a tenth of the time, to see that all works; {@code --profile=<file>} has
 * Java's Flight Recorder watch the release-service; {@code --alone} leaves the peers out.
 */
public final class EngineBenchmark {

    private static final int FEW = 8;
    private static final int MANY = 64;
    private static final int LIVE = 100;
    private static final int ALIVE = 100_000;

    private final boolean quick;
    private final boolean alone;
    private final Map<String, String> settings;
    private final Stand stand;
    private final Table table = new Table();

    private EngineBenchmark(List<String> arguments, Stand stand) {
        this.quick = arguments.contains("--quick");
        this.alone = arguments.contains("--alone");
        this.settings = arguments.stream()
                .filter(argument -> argument.startsWith("--profile="))
                .map(argument -> argument.substring("--profile=".length()))
                .collect(toMap(
                        _ -> "JAVA_TOOL_OPTIONS",
                        "-XX:StartFlightRecording:settings=profile,dumponexit=true,filename=%s"::formatted));
        this.stand = stand;
    }

    /** Runs all of it. Exit code 1: a goal was missed. */
    public static void main(String[] arguments) throws Exception {
        boolean holds;
        try (var stand = Stand.start()) {
            holds = new EngineBenchmark(Arrays.asList(arguments), stand).run();
        }
        System.exit(holds ? 0 : 1);
    }

    /**
     * What one carrier did with few clients and with many.
     *
     * @param lag until the events of the few were durable, if the carrier counts that itself
     */
    private record Result(Figures few, Optional<Lag> lag, Figures many) {}

    private boolean run() throws Exception {
        var peers = new LinkedHashMap<String, Result>();
        if (!alone) {
            try (var carrier = new FlowableCarrier(database())) {
                peers.put("Flowable", measure("Flowable", carrier));
            }
            try (var carrier = new DbosCarrier(database())) {
                peers.put("DBOS", measure("DBOS", carrier));
            }
        }
        try (var service = stand.service("release-service", settings);
                var carrier = new SlipwayCarrier(stand.kafka(), service.uri(), MANY + 1)) {
            goals(measure("Slipway", carrier), peers);
            live(carrier);
        }
        table.show();
        return table.holds();
    }

    private Result measure(String name, Carrier carrier) throws Exception {
        // Each is measured when its code has been compiled, which takes a minute on two cores.
        say("%s warms up".formatted(name));
        var _ = new Clients(carrier, MANY).run(Duration.ZERO, seconds(60));
        stand.settle();
        say("%s, %d clients".formatted(name, MANY));
        var many = new Clients(carrier, MANY).run(seconds(10), seconds(20));
        say("%s, %d clients".formatted(name, FEW));
        var _ = new Clients(carrier, FEW).run(seconds(10), Duration.ZERO);
        var before = carrier.lag();
        var few = new Clients(carrier, FEW).run(Duration.ZERO, seconds(20));
        var lag = carrier.lag().map(after -> after.since(before.orElseThrow()));
        // Who calls a library is told as soon as it is durable; who sends an event to a service sees it a little later.
        var seen = lag.isPresent() ? "shown" : "durable";
        add("%s, %d clients: releases/s".formatted(name, FEW), seen, few);
        add("%s, %d clients: releases/s".formatted(name, MANY), seen, many);
        return new Result(few, lag, many);
    }

    private void add(String name, String seen, Figures figures) {
        table.add(name, figures.releasesPerSecond(), "");
        table.add(
                "· event → %s p50 / p99, ms".formatted(seen),
                "%.1f / %.1f".formatted(figures.at(0.5), figures.at(0.99)),
                "");
    }

    private void goals(Result slipway, Map<String, Result> peers) {
        var lag = slipway.lag().orElseThrow();
        table.goal("Slipway, %d clients: event → durable p50, ms".formatted(FEW), lag.at(0.5), "<=", 8);
        table.goal("· p99, ms", lag.at(0.99), "<=", 40);
        peers.forEach((name, peer) -> table.goal(
                "Slipway ÷ %s, %d clients".formatted(name, MANY),
                slipway.many().releasesPerSecond() / peer.many().releasesPerSecond(),
                ">=",
                5));
    }

    /** The same work while few, and while very many other releases are live. */
    private void live(SlipwayCarrier carrier) throws Exception {
        carrier.begin(MANY);
        var releases = new LiveReleases(stand.jdbcUrl());
        var few = transition(carrier, releases, LIVE - MANY);
        var many = transition(carrier, releases, ALIVE - MANY);
        table.add("time per transition, %,d live releases, µs".formatted(LIVE), few, "");
        table.add("time per transition, %,d live releases, µs".formatted(ALIVE), many, "");
        table.goal("· difference, %", 100 * Math.abs(many / few - 1), "<=", 20);
    }

    private double transition(SlipwayCarrier carrier, LiveReleases releases, int others) throws Exception {
        say("Slipway, %d clients beside %,d releases that wait".formatted(MANY, others));
        releases.fill(SlipwayCarrier.environment(MANY), others);
        return 1e6 / new Clients(carrier, MANY).run(seconds(5), seconds(15)).eventsPerSecond();
    }

    /** A pool of connections for a peer, one for each client: nobody waits for a connection. */
    private HikariDataSource database() {
        var config = new HikariConfig();
        config.setJdbcUrl(stand.jdbcUrl());
        config.setMaximumPoolSize(MANY);
        return new HikariDataSource(config);
    }

    private Duration seconds(int full) {
        return Duration.ofSeconds(quick ? Math.max(2, full / 10) : full);
    }

    private static void say(String what) {
        System.out.println("… " + what);
    }
}
