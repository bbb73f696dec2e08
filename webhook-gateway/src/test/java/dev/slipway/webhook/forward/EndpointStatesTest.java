package dev.slipway.webhook.forward;

import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.webhook.delivery.StoredDeliveries;
import dev.slipway.webhook.forward.ForwardStore.Ended;
import dev.slipway.webhook.forward.Outcome.Answered;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

class EndpointStatesTest {

    private final Forwarding forwarding = new Forwarding(StoredDeliveries.freshDatabase(), Map.of());

    @Test
    void twoReplicasThatNoteTheSameEndpointsDoNotWaitForEachOther() {
        // Given
        var first = ended("a", 500);
        var others = IntStream.range(0, 10)
                .mapToObj(i -> ended("b" + i, i % 2 == 0 ? 200 : 500))
                .toList();
        others.forEach(it -> note(List.of(ended(it.forward().endpoint().name(), 500))));
        note(List.of(first));

        // When
        var waiting = forwarding.jdbi.inTransaction(handle -> {
            touch(handle, first);
            var other = CompletableFuture.runAsync(
                    () -> note(Stream.concat(others.stream(), Stream.of(first)).toList()));
            await().until(this::somebodyWaits);
            handle.execute("SET LOCAL lock_timeout = '5s'");
            others.stream().sorted(comparing(it -> it.forward().endpoint())).forEach(it -> touch(handle, it));
            return other;
        });

        // Then
        assertThat(waiting).succeedsWithin(Duration.ofSeconds(10));
        assertThat(forwarding
                        .jdbi
                        .withHandle(forwarding.states::all)
                        .get(first.forward().endpoint())
                        .failures())
                .isEqualTo(2);
    }

    private void note(List<Ended> attempts) {
        forwarding.jdbi.useTransaction(handle -> forwarding.states.note(handle, attempts));
    }

    private static void touch(Handle handle, Ended attempt) {
        handle.execute(
                "UPDATE endpoint_state SET paused_until = NULL WHERE endpoint = ?",
                attempt.forward().endpoint().name());
    }

    private boolean somebodyWaits() {
        return forwarding.jdbi.withHandle(
                handle -> handle.createQuery("""
                        SELECT count(*) > 0 FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """).mapTo(Boolean.class).one());
    }

    private static Ended ended(String endpoint, int status) {
        var forward = new Forward(
                30, UUID.randomUUID(), new EndpointRef("stripe", endpoint), 1, 0, "00-0-0-00", "", new byte[0]);
        return new Ended(
                forward,
                Instant.now(),
                Duration.ofMillis(1),
                new Answered(status, "", Optional.empty()),
                status == 200 ? new Verdict.Delivered() : new Verdict.GivenUp());
    }
}
