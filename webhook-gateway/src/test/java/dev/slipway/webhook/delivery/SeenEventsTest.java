package dev.slipway.webhook.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.messaging.MessagingBeans;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

class SeenEventsTest {

    /** Deliveries are kept for 30 days here, all the same. */
    private static final Duration USUAL = Duration.ofDays(7);

    private final Jdbi jdbi = MessagingBeans.database(Gateway.freshDatabase());
    private final DeliveryStore store = new DeliveryStore(jdbi, Gateway.config(Map.of()));

    @Test
    void aRepeatWithinItsSourcesWindowIsRecognised() {
        // Given
        store.insert(Gateway.batch(Gateway.received("stripe", "event")));

        // When
        forgetAfter(Duration.ofMinutes(59), Map.of("stripe", Duration.ofHours(1)));

        // Then
        assertThat(store.insert(Gateway.batch(Gateway.received("stripe", "event"))))
                .isEmpty();
    }

    @Test
    void aRepeatAfterItsSourcesWindowIsANewDelivery() {
        // Given
        store.insert(Gateway.batch(Gateway.received("stripe", "event")));

        // When
        forgetAfter(Duration.ofMinutes(61), Map.of("stripe", Duration.ofHours(1)));

        // Then
        assertThat(store.insert(Gateway.batch(Gateway.received("stripe", "event"))))
                .hasSize(1);
    }

    @Test
    void otherSourcesWindowsDoNotCount() {
        // Given
        store.insert(Gateway.batch(Gateway.received("stripe", "event")));

        // When
        forgetAfter(Duration.ofHours(2), Map.of("stripe", Duration.ofHours(3), "revenuecat", Duration.ofHours(1)));

        // Then
        assertThat(seen()).containsExactly("event");
    }

    @Test
    void theEventsOfASourceThatIsGoneAreRememberedForAsLongAsItsDeliveriesAreKept() {
        // Given
        store.insert(Gateway.batch(Gateway.received("stripe", "event")));

        // When
        forgetAfter(Duration.ofDays(29), Map.of());
        var within = seen();
        forgetAfter(Duration.ofDays(31), Map.of());

        // Then
        assertThat(within).containsExactly("event");
        assertThat(seen()).isEmpty();
    }

    @Test
    void theEventsOfASourceThatIsGoneWithItsDeliveriesAreRememberedForTheUsualRetention() {
        // Given
        store.insert(Gateway.batch(Gateway.received("stripe", "event")));
        jdbi.useHandle(handle -> handle.execute("DELETE FROM delivery"));

        // When
        forgetAfter(USUAL.minusDays(1), Map.of());
        var within = seen();
        forgetAfter(USUAL.plusDays(1), Map.of());

        // Then
        assertThat(within).containsExactly("event");
        assertThat(seen()).isEmpty();
    }

    @Test
    void theEventsOfASourceThatCannotBeReadAreRememberedUntilItCan() {
        // Given
        store.insert(Gateway.batch(Gateway.received("stripe", "event")));

        // When
        forgetAfter(Duration.ofDays(3_651), Map.of(), Set.of("stripe"));

        // Then
        assertThat(seen()).containsExactly("event");
    }

    private void forgetAfter(Duration time, Map<String, Duration> windows) {
        forgetAfter(time, windows, Set.of());
    }

    private void forgetAfter(Duration time, Map<String, Duration> windows, Set<String> unreadable) {
        var config = Gateway.config(Map.of("retention", USUAL.toDays() + "d"));
        new SeenEvents(jdbi, () -> windows, unreadable::contains, config, Clock.offset(Clock.systemUTC(), time))
                .forget();
    }

    private List<String> seen() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT event_id FROM seen_event")
                .mapTo(String.class)
                .list());
    }
}
