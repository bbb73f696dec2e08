package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.postgres.EmbeddedPostgreSql;
import dev.slipway.devstack.postgres.PostgreSqlAddress;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.KafkaProcess;
import dev.slipway.system.WebhookTopic.Published;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Replicas of the packaged gateway with a database of their own, and a service that consumes what they publish, on a
 * PostgreSQL and a Kafka that can be killed. Those two are the same for all tests of a run; one that a test left dead is
 * started again.
 */
final class GatewaySystem implements AutoCloseable {

    static final String STRIPE_SECRET = "whsec_system_tests";
    static final String REVENUECAT_SECRET = "revenuecat-system-tests";
    private static final Duration RECOVERY = Duration.ofSeconds(90);
    private static Optional<Infrastructures> shared = Optional.empty();

    private final Infrastructures infrastructures;
    private final PostgreSqlAddress database;
    private final String subject;
    private final List<Service> replicas = new ArrayList<>();
    private final Effects effects;

    /** What was stored before the load that is sent now. */
    private Set<String> earlier = Set.of();

    private GatewaySystem(String application, int count, Map<String, String> settings) {
        infrastructures = infrastructures();
        infrastructures.postgres.start();
        infrastructures.kafka.start();
        subject = application + "/production";
        var infrastructure =
                new Infrastructure(infrastructures.postgres.address(), infrastructures.kafka.bootstrapServers());
        database = infrastructure.freshDatabase();
        var environment =
                new HashMap<>(new Infrastructure(database, infrastructures.kafka.bootstrapServers()).configuration());
        environment.put("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET);
        environment.put("STRIPE_WEBHOOK_ENVIRONMENT", subject);
        environment.put("REVENUECAT_WEBHOOK_SECRET", REVENUECAT_SECRET);
        environment.put("REVENUECAT_WEBHOOK_ENVIRONMENT", subject);
        environment.putAll(settings);
        for (var port : SlipwaySystem.freePorts(count)) {
            var own = new HashMap<>(environment);
            own.put("SLIPWAY_WEBHOOK_GATEWAY_PORT", Integer.toString(port));
            replicas.add(Service.start("webhook-gateway", port, own));
        }
        replicas.forEach(Service::awaitReady);
        effects = new Effects(
                "effects-" + application, infrastructure.freshDatabase(), infrastructures.kafka.bootstrapServers());
    }

    /**
     * Starts replicas, and returns when they are ready.
     *
     * @param application whose production environment claims the sources; no other test has it
     * @param settings environment variables beside those that a gateway needs
     */
    static GatewaySystem start(String application, int replicas, Map<String, String> settings) {
        return new GatewaySystem(application, replicas, settings);
    }

    private static synchronized Infrastructures infrastructures() {
        if (shared.isEmpty()) {
            try {
                var folder = Files.createTempDirectory("slipway-gateway");
                var postgres = new EmbeddedPostgreSql(folder.resolve("postgres"), 0);
                Runtime.getRuntime().addShutdownHook(new Thread(postgres::kill));
                shared = Optional.of(new Infrastructures(postgres, new KafkaProcess(folder)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return shared.get();
    }

    private record Infrastructures(EmbeddedPostgreSql postgres, KafkaProcess kafka) {}

    EmbeddedPostgreSql postgres() {
        return infrastructures.postgres;
    }

    KafkaProcess kafka() {
        return infrastructures.kafka;
    }

    PostgreSqlAddress database() {
        return database;
    }

    List<Service> replicas() {
        return replicas;
    }

    /** Sends an event to a replica, again and again until it is acknowledged; returns the sender's id. */
    String deliver() {
        var eventId = StripeSender.newEventId();
        await("the acknowledgement of an event").atMost(RECOVERY).until(() -> isAcknowledged(eventId));
        return eventId;
    }

    private boolean isAcknowledged(String eventId) throws InterruptedException {
        try {
            var request =
                    StripeSender.request(replicas.getFirst().uri(), StripeSender.body(eventId, 100), STRIPE_SECRET);
            return StripeSender.HTTP.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** The senders' ids of the events that are stored, each as often as it is. */
    List<String> stored() throws SQLException {
        return SlipwaySystem.rows(database, "SELECT event_id FROM webhook.delivery");
    }

    /** What is on Kafka now, in its order, repeats too. */
    List<Published> published() {
        return WebhookTopic.read(infrastructures.kafka.bootstrapServers(), subject);
    }

    /** The senders' ids of the events that had their effect in the service that consumes them, each as often as it had. */
    List<String> effects() throws SQLException {
        return effects.of(subject);
    }

    /** How many events the service could not read. */
    int deadLetters() throws SQLException {
        return effects.deadLetters();
    }

    /** Begins to send so many requests a second to the replicas. */
    StripeLoad load(int perSecond) throws SQLException {
        earlier = Set.copyOf(stored());
        return StripeLoad.start(replicas.stream().map(Service::uri).toList(), perSecond);
    }

    /**
     * Waits until all that was acknowledged of the last load has its effect, and looks whether it had it once; whether it
     * is stored once, and nothing else is; whether Kafka has it under one id; and whether nothing overtook what was
     * acknowledged before it was sent.
     *
     * @return a line with the counts
     */
    String assertExactlyOnce(StripeLoad load) throws SQLException {
        var acknowledged = load.acknowledged();
        await("the effects of all that was acknowledged")
                .atMost(RECOVERY)
                .until(() -> Set.copyOf(effects()).containsAll(acknowledged));

        assertThat(load.unexpected()).as("answers that no sender understands").isEmpty();
        assertThat(Difference.between(since(stored()), acknowledged))
                .as("deliveries that are stored")
                .isEqualTo(Difference.NONE);
        assertThat(Difference.between(since(effects()), acknowledged))
                .as("events that had their effect")
                .isEqualTo(Difference.NONE);
        assertThat(deadLetters()).as("events that cannot be read").isZero();

        var published = published().stream()
                .filter(record -> !earlier.contains(record.eventId()))
                .toList();
        var eventIds = published.stream().map(Published::eventId).distinct().toList();
        assertThat(Difference.between(eventIds, acknowledged))
                .as("events on Kafka")
                .isEqualTo(Difference.NONE);
        assertThat(published.stream().map(Published::id).distinct())
                .as("CloudEvents ids")
                .hasSize(acknowledged.size());
        assertThat(load.overtaken(eventIds))
                .as("events that stand behind one that was sent after they were acknowledged")
                .isEmpty();
        return "%d events acknowledged, %d records on Kafka, as many effects as events; answers %s"
                .formatted(acknowledged.size(), published.size(), load.answers());
    }

    private List<String> since(List<String> eventIds) {
        return eventIds.stream().filter(eventId -> !earlier.contains(eventId)).toList();
    }

    @Override
    public void close() {
        effects.close();
        replicas.forEach(Service::kill);
    }
}
