package dev.slipway.webhook.forward;

import static org.awaitility.Awaitility.await;

import dev.slipway.messaging.MessagingBeans;
import dev.slipway.webhook.delivery.StoredDeliveries;
import dev.slipway.webhook.forward.EndpointOverview.EndpointStatus;
import dev.slipway.webhook.forward.ForwardStore.Stored;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;

/** The parts of one replica that forward, on a database that replicas may share. The source is always {@code stripe}. */
final class Forwarding implements AutoCloseable {

    static final Vertx VERTX = Vertx.vertx();

    /** What the endpoints sign with. */
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    final Jdbi jdbi;
    final ForwardStore store = new ForwardStore();
    final EndpointStates states;
    final EndpointOverview overview;
    final EndpointCalls calls;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ForwardMetrics metrics;
    final Forwarder forwarder;

    Forwarding(DataSource database, Clock clock, Map<String, String> settings, Endpoint... endpoints) {
        var config = config(settings);
        Endpoints all = () -> Map.of("stripe", List.of(endpoints));
        this.jdbi = MessagingBeans.database(database);
        this.states = new EndpointStates(config);
        this.overview = new EndpointOverview(jdbi, store, states, all);
        this.calls = new EndpointCalls(VERTX, new EndpointAddresses(config, InetAddress::getAllByName), config, clock);
        this.metrics = new ForwardMetrics(overview, meters, clock);
        this.forwarder = new Forwarder(jdbi, store, states, all, calls, metrics, config, clock);
    }

    Forwarding(DataSource database, Map<String, String> settings, Endpoint... endpoints) {
        this(database, Clock.systemUTC(), settings, endpoints);
    }

    /** Settings that allow what tests call, and others. */
    static ForwardConfig config(Map<String, String> settings) {
        var all = new HashMap<>(Map.of("allowed-networks", "127.0.0.0/8,::1/128", "sweep-every", "50ms"));
        all.putAll(settings);
        var builder = new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(ForwardConfig.class);
        all.forEach((name, value) -> builder.withDefaultValue("slipway.webhook.forward." + name, value));
        return builder.build().getConfigMapping(ForwardConfig.class);
    }

    /** An endpoint that signs by Standard Webhooks. */
    static Endpoint endpoint(String name, String url, Duration... schedule) {
        return new Endpoint(
                name,
                URI.create(url),
                new Signing.StandardWebhooks(List.of(SigningSecret.parse(SECRET, Optional.empty()))),
                List.of(schedule),
                Endpoint.TIMEOUT,
                false,
                Endpoint.CONCURRENCY,
                List.of());
    }

    /** One that gets one delivery at a time. */
    static Endpoint oneByOne(Endpoint endpoint) {
        return with(endpoint, false, 1);
    }

    /** One that gets deliveries in order. */
    static Endpoint inOrder(Endpoint endpoint) {
        return with(endpoint, true, endpoint.concurrency());
    }

    private static Endpoint with(Endpoint endpoint, boolean ordered, int concurrency) {
        return new Endpoint(
                endpoint.name(),
                endpoint.url(),
                endpoint.signing(),
                endpoint.schedule(),
                endpoint.timeout(),
                ordered,
                concurrency,
                endpoint.types());
    }

    Forwarding start() {
        forwarder.start();
        return this;
    }

    UUID store(String body, String... endpoints) {
        return storeAbout("shop/production", body, endpoints);
    }

    UUID storeAbout(String subject, String body, String... endpoints) {
        var id = StoredDeliveries.store(jdbi, subject, "Content-Type: application/json\n", body, endpoints);
        forwarder.wake();
        return id;
    }

    Stored forward(UUID deliveryId, String endpoint) {
        return jdbi.withHandle(handle -> store.ofDelivery(handle, deliveryId)).orElseThrow().stream()
                .filter(forward -> forward.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    Stored awaitState(UUID deliveryId, String endpoint, ForwardState state) {
        return await().until(() -> forward(deliveryId, endpoint), forward -> forward.state() == state);
    }

    EndpointStatus status(String endpoint) {
        return overview.all().stream()
                .filter(status -> status.ref().name().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        try {
            forwarder.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
