package dev.slipway.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.devstack.demo.DemoSettings;
import dev.slipway.devstack.demo.Parties;
import dev.slipway.devstack.demo.Player;
import dev.slipway.devstack.postgres.PostgreSqlAddress;
import dev.slipway.devstack.target.TargetApplication;
import dev.slipway.devstack.target.TargetSettings;
import dev.slipway.devstack.testing.Infrastructure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** All of Slipway, packaged, on a real PostgreSQL and a real Kafka, with the target application to release. */
final class SlipwaySystem {

    static final List<String> SERVICES = List.of("release-service", "webhook-gateway", "health-probe", "notifier");

    static final String STRIPE_SECRET = "whsec_system_tests";
    static final String REVENUECAT_SECRET = "revenuecat-system-tests";
    /** Of whoever asks for a release: an approval is somebody else's. */
    static final String CI_TOKEN = "ci-system-tests";
    /** Of the senders that the runbooks have besides. */
    static final String OTHERS_SECRET = "others-system-tests";

    private static final List<String> SECRETS = List.of(
            "ADMIN_TOKEN",
            "GITHUB_TOKEN",
            "PAGESPEED_API_KEY",
            "RAILWAY_TOKEN",
            "RENDER_API_KEY",
            "RESEND_API_KEY",
            "REVENUECAT_API_KEY",
            "REVENUECAT_WEBHOOK_SECRET",
            "SENTRY_AUTH_TOKEN",
            "SLIPWAY_TOKEN",
            "STARTER_TOKEN",
            "STRIPE_SECRET_KEY",
            "SUPABASE_ACCESS_TOKEN",
            "TENANT_TOKEN",
            "UPSTASH_TOKEN",
            "VERCEL_TOKEN");
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static Optional<SlipwaySystem> shared = Optional.empty();

    private final Infrastructure infrastructure;
    private final TargetApplication target;
    private final RunbookTarget runbooks = RunbookTarget.start();
    private final Map<String, Service> services = new LinkedHashMap<>();
    private final DemoSettings settings;

    private SlipwaySystem() {
        infrastructure = Infrastructure.shared();
        target = TargetApplication.start(
                new TargetSettings(0, OptionalInt.of(0), List.of(STRIPE_SECRET), List.of(REVENUECAT_SECRET)),
                Clock.systemUTC());
        var ports = freePorts(SERVICES.size());
        var environment = new HashMap<>(infrastructure.configuration());
        environment.put("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET);
        environment.put("REVENUECAT_WEBHOOK_SECRET", REVENUECAT_SECRET);
        environment.put("SLIPWAY_API_TOKENS_CI", CI_TOKEN);
        environment.putAll(runbookSettings());
        for (var i = 0; i < SERVICES.size(); i++) {
            var variable = "SLIPWAY_%s_PORT"
                    .formatted(SERVICES.get(i).toUpperCase(Locale.ROOT).replace('-', '_'));
            environment.put(variable, Integer.toString(ports.get(i)));
        }
        environment.put(
                "SLIPWAY_DRY_RUN_HEALTH_PROBE", "http://localhost:" + environment.get("SLIPWAY_HEALTH_PROBE_PORT"));
        environment.put("SLIPWAY_DRY_RUN_NOTIFIER", "http://localhost:" + environment.get("SLIPWAY_NOTIFIER_PORT"));
        for (var i = 0; i < SERVICES.size(); i++) {
            services.put(SERVICES.get(i), Service.start(SERVICES.get(i), ports.get(i), environment));
        }
        services.values().forEach(Service::awaitReady);
        settings = new DemoSettings(
                service("release-service").uri(),
                service("webhook-gateway").uri(),
                service("health-probe").uri(),
                service("notifier").uri(),
                target.uri(),
                target.tlsUri().orElseThrow().getPort(),
                Infrastructure.TOKEN,
                STRIPE_SECRET,
                REVENUECAT_SECRET,
                quickPlan());
    }

    /** What the plans of the runbooks need: GitHub, the senders of webhooks, and secrets, whatever they are. */
    private Map<String, String> runbookSettings() {
        var settings = new HashMap<>(Map.of(
                "SLIPWAY_GITHUB_API_URL", runbooks.uri().resolve("/github").toString(), "SLIPWAY_GITHUB_TOKEN", "any"));
        for (var source : List.of("PHONEPE", "RESEND", "RENDER")) {
            var prefix = "SLIPWAY_WEBHOOK_SOURCES_%s_".formatted(source);
            settings.put(prefix + "SCHEME", "shared-secret");
            settings.put(prefix + "SECRETS", OTHERS_SECRET);
            settings.put(prefix + "OPTIONS_EVENT_ID", "/id");
            settings.put(prefix + "OPTIONS_TYPE", "/type");
        }
        for (var secret : SECRETS) {
            settings.put("SLIPWAY_SECRET_" + secret, "any-" + secret);
        }
        return settings;
    }

    /** The one system of all tests in this run. */
    static synchronized SlipwaySystem shared() {
        if (shared.isEmpty()) {
            shared = Optional.of(new SlipwaySystem());
        }
        return shared.get();
    }

    Service service(String name) {
        return Optional.ofNullable(services.get(name)).orElseThrow();
    }

    Infrastructure infrastructure() {
        return infrastructure;
    }

    /** The servers that the plans of the runbooks call. */
    RunbookTarget runbooks() {
        return runbooks;
    }

    /** Where a certificate is served. */
    URI tls() {
        return target.tlsUri().orElseThrow();
    }

    /** Stores a plan or a fragment. */
    void store(String path, String yaml) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(service("release-service").uri().resolve(path))
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .header("Content-Type", "application/yaml")
                .PUT(BodyPublishers.ofString(yaml))
                .build();
        var response = HTTP.send(request, BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new AssertionError("%s answered %d: %s".formatted(path, response.statusCode(), response.body()));
        }
    }

    /** A player of releases of an application that no other test releases. */
    Player player(String application) {
        return new Player(settings, new Parties(settings, Clock.systemUTC()), Clock.systemUTC(), application);
    }

    /** Makes the target's deployments answer late, after they are done. */
    void slowDown(Duration deployments) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(target.uri().resolve("/admin/slowness"))
                .POST(BodyPublishers.ofString("{\"millis\":%d}".formatted(deployments.toMillis())))
                .build();
        HTTP.send(request, BodyHandlers.discarding());
    }

    /** What the target application says was done to it. */
    JsonNode targetState() throws IOException, InterruptedException {
        return get(target.uri().resolve("/admin/state"));
    }

    /** What a call on a service's API answers. */
    JsonNode api(String service, String path) throws IOException, InterruptedException {
        return get(service(service).uri().resolve(path));
    }

    private static JsonNode get(URI uri) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + Infrastructure.TOKEN)
                .build();
        return MAPPER.readTree(HTTP.send(request, BodyHandlers.ofString()).body());
    }

    /** What a query finds, each row as its first column's text. */
    List<String> rows(String sql) throws SQLException {
        return rows(infrastructure.postgres(), sql);
    }

    static List<String> rows(PostgreSqlAddress database, String sql) throws SQLException {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            var rows = new ArrayList<String>();
            while (result.next()) {
                rows.add(result.getString(1));
            }
            return rows;
        }
    }

    /** The demo's plan with a soak that is as short as can be. */
    private static Path quickPlan() {
        try {
            var yaml = Files.readString(Repository.root().resolve("plans/solacore-demo.yaml"));
            return Files.writeString(
                    Files.createTempFile("plan", ".yaml"),
                    yaml.replace("for: 8s", "for: 4s").replace("every: 1s", "every: 250ms"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ports that are free now, all different. */
    static List<Integer> freePorts(int count) {
        var sockets = new ArrayList<ServerSocket>();
        try {
            for (var i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (var socket : sockets) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
