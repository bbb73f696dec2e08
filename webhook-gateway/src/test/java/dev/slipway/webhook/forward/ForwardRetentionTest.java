package dev.slipway.webhook.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.messaging.MessagingBeans;
import dev.slipway.webhook.delivery.Delivery;
import dev.slipway.webhook.delivery.StoredDeliveries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class ForwardRetentionTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    private final Jdbi jdbi = MessagingBeans.database(StoredDeliveries.freshDatabase());
    private final ForwardRetention retention =
            new ForwardRetention(jdbi, new ForwardStore(), Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void forwardsAndTheirAttemptsAreDeletedByTheDayWhenTheRetentionOfTheirDeliveryIsOver() {
        // Given
        insert(7, "2026-11-12T23:59:59Z", "over");
        insert(7, "2026-11-13T00:00:00Z", "last day");
        insert(30, "2026-11-12T23:59:59Z", "kept for longer");
        insert(30, "2026-10-20T23:59:59Z", "over too");

        // When
        retention.deleteOld();

        // Then
        assertThat(endpoints("forward")).containsExactlyInAnyOrder("last day", "kept for longer");
        assertThat(endpoints("forward_attempt")).containsExactlyInAnyOrder("last day", "kept for longer");
    }

    @Test
    void manyAreDeletedInPieces() {
        // Given
        jdbi.useHandle(handle -> handle.createUpdate("""
                        INSERT INTO forward (retention_days, delivery_id, source, endpoint, subject, next_attempt_at)
                        SELECT 7, :id, 'stripe', number::text, 'stripe', :now FROM generate_series(1, 10001) AS number
                        """)
                .bind("id", Delivery.firstIdAt(NOW.minus(Duration.ofDays(9))))
                .bind("now", NOW.atOffset(ZoneOffset.UTC))
                .execute());

        // When
        retention.deleteOld();

        // Then
        assertThat(endpoints("forward")).isEmpty();
    }

    private void insert(int retentionDays, String receivedAt, String endpoint) {
        jdbi.useHandle(handle -> handle.createUpdate("""
                        WITH inserted AS (
                            INSERT INTO forward (retention_days, delivery_id, source, endpoint, subject, next_attempt_at)
                            VALUES (:retention, :id, 'stripe', :endpoint, 'stripe', :now)
                        )
                        INSERT INTO forward_attempt (retention_days, delivery_id, endpoint, number, at, duration_ms)
                        VALUES (:retention, :id, :endpoint, 1, :now, 1)
                        """)
                .bind("retention", retentionDays)
                .bind("id", Delivery.firstIdAt(Instant.parse(receivedAt)))
                .bind("endpoint", endpoint)
                .bind("now", NOW.atOffset(ZoneOffset.UTC))
                .execute());
    }

    private List<String> endpoints(String table) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT endpoint FROM <table>")
                .define("table", table)
                .mapTo(String.class)
                .list());
    }
}
