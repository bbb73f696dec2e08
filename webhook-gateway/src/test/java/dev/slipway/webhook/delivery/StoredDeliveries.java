package dev.slipway.webhook.delivery;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.TraceParent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;

/** Stores deliveries as the gateway does, for tests of what becomes of them. */
public final class StoredDeliveries {

    private StoredDeliveries() {}

    /** A database with the gateway's tables. */
    public static DataSource freshDatabase() {
        return Gateway.freshDatabase();
    }

    /** Stores a delivery that is to be forwarded. */
    public static UUID store(Jdbi jdbi, String subject, String headers, String body, String... endpoints) {
        var delivery = new Delivery(
                Ids.next(),
                "stripe",
                subject,
                UUID.randomUUID().toString(),
                "invoice.paid",
                Mode.TEST,
                Instant.EPOCH,
                TraceParent.start(),
                "stripe",
                30,
                Optional.empty());
        new DeliveryStore(jdbi, Gateway.config(Map.of()))
                .insert(Gateway.batch(new Received(
                        delivery, headers, body.getBytes(StandardCharsets.UTF_8), false, List.of(endpoints))));
        return delivery.id();
    }
}
