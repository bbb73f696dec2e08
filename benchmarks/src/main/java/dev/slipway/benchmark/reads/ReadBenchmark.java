package dev.slipway.benchmark.reads;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slipway.benchmark.stand.Stand;
import dev.slipway.benchmark.stand.Stand.Service;
import dev.slipway.benchmark.stand.Table;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Measures how quickly releases are shown when there are many: one of them, pages of lists with filters and from far
 * down, journals, insights; and has the journals of an application verified, to see that those that were made up are like
 * real ones.
 *
 * <p>Arguments: {@code --releases=<n>} how many there are, 100,000 unless told; {@code --data=<folder>} keeps them there
 * for the next time, or takes those of the last time, and adds what is missing.
 */
public final class ReadBenchmark {

    private static final int CALLERS = 4;
    private static final int PER_SECOND = 100;
    private static final int REQUESTS = 2_000;

    private final int releases;
    private final Stand stand;
    private final Service service;
    private final Table table = new Table();

    private ReadBenchmark(int releases, Stand stand, Service service) {
        this.releases = releases;
        this.stand = stand;
        this.service = service;
    }

    /** Runs all of it. Exit code 1: something that must hold did not. */
    public static void main(String[] arguments) throws Exception {
        var releases = argument(arguments, "releases").map(Integer::parseInt).orElse(100_000);
        var data = argument(arguments, "data").map(folder -> Path.of(folder).toAbsolutePath());
        boolean holds;
        try (var stand = data.isPresent() ? Stand.start(Files.createDirectories(data.get())) : Stand.start();
                var service = stand.service("release-service", Map.of())) {
            holds = new ReadBenchmark(releases, stand, service).run();
        }
        System.exit(holds ? 0 : 1);
    }

    private static Optional<String> argument(String[] arguments, String name) {
        return Arrays.stream(arguments)
                .filter(argument -> argument.startsWith("--%s=".formatted(name)))
                .map(argument -> argument.substring(name.length() + 3))
                .findFirst();
    }

    /** A release to ask about. */
    private record Known(
            UUID id, String application, String environment, String version, String state, Instant requestedAt) {

        String cursor() {
            return "%d-%s".formatted(ChronoUnit.MICROS.between(Instant.EPOCH, requestedAt), id);
        }
    }

    /**
     * Something to ask about a release.
     *
     * @param goal the 99th percentile, in milliseconds
     * @param path what is asked for
     */
    private record Question(String what, double goal, Function<Known, String> path) {

        IntFunction<HttpRequest> about(List<Known> releases, Function<String, HttpRequest> request) {
            return i -> request.apply(path.apply(releases.get(i % releases.size())));
        }
    }

    private static final Question STATUS = new Question("status of a release", 10, it -> "/api/v1/releases/" + it.id());

    private static final List<Question> QUESTIONS = List.of(
            STATUS,
            new Question("list, the newest", 20, it -> "/api/v1/releases"),
            new Question("list of an application", 20, it -> list(it, "application")),
            new Question("list of an environment", 20, it -> list(it, "environment")),
            new Question("list of an application's environment", 20, it -> list(it, "application", "environment")),
            new Question("list of a state", 20, it -> list(it, "state")),
            new Question("list of a version", 20, it -> list(it, "version")),
            new Question("list of an application's state", 20, it -> list(it, "application", "state")),
            new Question(
                    "list of an environment's rare state",
                    20,
                    it -> "%s&state=ROLLBACK_FAILED".formatted(list(it, "environment"))),
            new Question("list of all four", 20, it -> list(it, "application", "environment", "state", "version")),
            new Question("list of a week", 20, it -> list(it, "application") + week(it)),
            new Question("list from far down", 20, it -> list(it) + "&cursor=" + it.cursor()),
            new Question(
                    "list of an application's environment from far down",
                    20,
                    it -> list(it, "application", "environment") + "&cursor=" + it.cursor()),
            new Question(
                    "list of an application's state from far down",
                    20,
                    it -> list(it, "application", "state") + "&cursor=" + it.cursor()),
            new Question("page of a journal", 20, it -> "/api/v1/releases/%s/journal".formatted(it.id())),
            new Question(
                    "insights of an environment, 30 days",
                    20,
                    it -> "/api/v1/insights?application=%s&environment=%s"
                            .formatted(it.application(), it.environment())));

    private boolean run() throws Exception {
        say("making up releases");
        makeUp();
        say("asking");
        var some = some();
        var asked = some.subList(0, REQUESTS);
        for (var question : QUESTIONS) {
            Latencies.inARow(CALLERS, REQUESTS, question.about(asked, this::request));
        }
        measureFirst(some.subList(REQUESTS, 2 * REQUESTS));
        for (var question : QUESTIONS) {
            measure(question, question.about(asked, this::request));
        }
        verify();
        table.show();
        return table.holds();
    }

    private void makeUp() throws SQLException {
        var started = Instant.now();
        var before = stand.query("SELECT count(*) FROM release.release");
        new Past(stand.jdbcUrl()).upTo(releases);
        var added = stand.query("SELECT count(*) FROM release.release") - before;
        if (added > 0) {
            table.add(
                    "releases made up/s",
                    added * 1_000.0 / Duration.between(started, Instant.now()).toMillis(),
                    "");
        }
        update("VACUUM (ANALYZE) release.release, release.journal, release.outcome");
        table.add("releases", stand.query("SELECT count(*) FROM release.release"), "");
        table.add("journal entries", stand.query("SELECT count(*) FROM release.journal"), "");
        table.add(
                "on disk, MiB",
                stand.query("SELECT pg_database_size(current_database()) / 1024 / 1024"),
                "of it the journal %,d, releases %,d"
                        .formatted(
                                stand.query("SELECT pg_total_relation_size('release.journal') / 1024 / 1024"),
                                stand.query("SELECT pg_total_relation_size('release.release') / 1024 / 1024")));
    }

    /** Some of all that there are, in no order. */
    private List<Known> some() throws SQLException {
        try (var connection = DriverManager.getConnection(stand.jdbcUrl());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        """
                        SELECT id, application, environment, version, state, requested_at
                        FROM release.release TABLESAMPLE BERNOULLI (%s) ORDER BY random() LIMIT %d
                        """.formatted(Math.min(100, 600.0 * REQUESTS / releases), 2 * REQUESTS))) {
            var some = new ArrayList<Known>();
            while (rows.next()) {
                some.add(new Known(
                        rows.getObject("id", UUID.class),
                        rows.getString("application"),
                        rows.getString("environment"),
                        rows.getString("version"),
                        rows.getString("state"),
                        rows.getObject("requested_at", OffsetDateTime.class).toInstant()));
            }
            return some;
        }
    }

    /** Releases that nobody has asked about since the database was started: their journals are not in its memory. */
    private void measureFirst(List<Known> others) throws IOException, InterruptedException {
        var took = Latencies.at(PER_SECOND, REQUESTS, STATUS.about(others, this::request));
        table.add(
                "status of a release, asked for the first time, at %d/s: p50, ms".formatted(PER_SECOND),
                took.at(0.5),
                "");
        show(took, STATUS.goal());
    }

    private void measure(Question question, IntFunction<HttpRequest> request) throws IOException, InterruptedException {
        table.add(question.what() + ", answers/s", Latencies.inARow(CALLERS, REQUESTS, request), "");
        var took = Latencies.at(PER_SECOND, REQUESTS, request);
        table.add("· at %d/s: p50, ms".formatted(PER_SECOND), took.at(0.5), "");
        show(took, question.goal());
    }

    private void show(Latencies took, double goal) {
        table.goal("· p99, ms", took.at(0.99), "<=", goal);
        table.add("· at most, ms", took.at(1), "");
    }

    private static String list(Known like, String... filters) {
        var address = new StringBuilder("/api/v1/releases?limit=50");
        for (var filter : filters) {
            address.append("&%s=%s"
                    .formatted(
                            filter,
                            switch (filter) {
                                case "application" -> like.application();
                                case "environment" -> like.environment();
                                case "state" -> like.state();
                                case "version" -> like.version();
                                default -> throw new IllegalArgumentException(filter);
                            }));
        }
        return address.toString();
    }

    private static String week(Known like) {
        return "&from=%s&to=%s".formatted(like.requestedAt().minus(Duration.ofDays(7)), like.requestedAt());
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(service.uri().resolve(path))
                .header("Authorization", "Bearer " + Stand.TOKEN)
                .timeout(Duration.ofMinutes(5))
                .build();
    }

    private void verify() throws IOException, InterruptedException {
        say("verifying journals");
        var lines = HttpClient.newHttpClient()
                .send(request("/api/v1/journal/verification?application=app-150"), BodyHandlers.ofLines())
                .body()
                .toList();
        var tally = new ObjectMapper().readTree(lines.getLast());
        table.add("journals verified", tally.path("verified").asDouble(), "");
        table.goal("· of them that do not replay", tally.path("differing").asDouble(1), "<=", 0);
    }

    private void update(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(stand.jdbcUrl());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void say(String what) {
        System.out.println("… " + what);
    }
}
