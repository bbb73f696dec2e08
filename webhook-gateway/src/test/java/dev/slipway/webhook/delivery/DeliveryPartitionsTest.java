package dev.slipway.webhook.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.messaging.MessagingBeans;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeliveryPartitionsTest {

    private static final Instant THEN = Instant.parse("2026-01-10T12:00:00Z");

    private final DataSource database = Gateway.freshDatabase();
    private final Jdbi jdbi = MessagingBeans.database(database);

    /** With a connection of its own. */
    private final Jdbi backups = MessagingBeans.database(database);

    private final DeliveryStore store = new DeliveryStore(jdbi, Gateway.config(Map.of()));

    @BeforeEach
    void storeADeliveryThen() {
        new DeliveryPartitions(jdbi, Clock.fixed(THEN, ZoneOffset.UTC)).keep(Set.of(30));
        var received = Gateway.received("shop/production", "event");
        var delivery = received.delivery();
        store.insert(Gateway.batch(new Received(
                new Delivery(
                        new UUID(Delivery.firstIdAt(THEN).getMostSignificantBits(), 7),
                        delivery.source(),
                        delivery.subject(),
                        delivery.eventId(),
                        delivery.type(),
                        delivery.mode(),
                        delivery.occurredAt(),
                        delivery.trace(),
                        delivery.scheme(),
                        delivery.retentionDays(),
                        delivery.replayOf()),
                received.headers(),
                received.body())));
    }

    @Test
    void deliveriesAreKeptForTheirRetention() {
        // Given
        publishAll();

        // When
        maintainAt(THEN.plusSeconds(30 * 86_400));

        // Then
        assertThat(count("delivery")).isOne();
    }

    @Test
    void deliveriesAreDroppedAfterTheirRetention() {
        // Given
        publishAll();

        // When
        maintainAt(THEN.plusSeconds(31 * 86_400));

        // Then
        assertThat(count("delivery")).isZero();
    }

    @Test
    void eachRetentionHasItsOwnDays() {
        // Given
        publishAll();
        new DeliveryPartitions(jdbi, Clock.fixed(THEN, ZoneOffset.UTC)).keep(Set.of(7, 90));
        jdbi.useHandle(handle -> handle.execute("""
                INSERT INTO delivery SELECT days, id, source, subject, event_id, type, mode, occurred_at,
                    traceparent, scheme, replay_of, headers, body FROM delivery, (VALUES (7), (90)) AS kept (days)
                """));

        // When
        maintainAt(THEN.plusSeconds(31 * 86_400));

        // Then
        assertThat(count("delivery")).isOne();
    }

    @Test
    void deliveriesThatKafkaDoesNotHaveAreKept() {
        // When
        maintainAt(THEN.plusSeconds(31 * 86_400));

        // Then
        assertThat(count("delivery")).isOne();
    }

    @Test
    void daysAreMadeWhileABackupReads() {
        // Given
        backups.useTransaction(backup -> {
            backup.execute("SELECT FROM delivery");

            // When
            new DeliveryPartitions(jdbi, Clock.fixed(THEN, ZoneOffset.UTC)).keep(Set.of(30, 45));
        });

        // Then
        assertThat(count("pg_partition_tree('delivery_45d') WHERE isleaf")).isEqualTo(8);
    }

    @Test
    void whatABackupReadsIsDroppedLater() {
        // Given
        publishAll();
        var later = THEN.plusSeconds(31 * 86_400);

        // When
        backups.useTransaction(backup -> {
            backup.execute("SELECT FROM delivery");
            maintainAt(later);
        });

        // Then
        assertThat(count("delivery")).isOne();
        maintainAt(later);
        assertThat(count("delivery")).isZero();
    }

    private void maintainAt(Instant now) {
        new DeliveryPartitions(jdbi, Clock.fixed(now, ZoneOffset.UTC)).maintain();
    }

    private void publishAll() {
        jdbi.useHandle(handle -> handle.execute("DELETE FROM unpublished"));
    }

    private long count(String table) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM " + table)
                .mapTo(Long.class)
                .one());
    }
}
