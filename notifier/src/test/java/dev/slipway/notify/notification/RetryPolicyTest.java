package dev.slipway.notify.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.notify.channel.Outcome.Delivered;
import dev.slipway.notify.channel.Outcome.Refused;
import dev.slipway.notify.channel.Outcome.Retry;
import dev.slipway.notify.notification.RetryPolicy.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {

    private static final Instant NOW = Instant.parse("2026-03-01T14:05:00Z");

    @Test
    void what_was_delivered_is_sent() {
        // When
        var verdict = policy(1).verdict(new Delivered(), 1, NOW, NOW);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Sent());
    }

    @Test
    void what_was_refused_is_given_up_at_once() {
        // When
        var verdict = policy(1).verdict(new Refused("no_service"), 1, NOW, NOW);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.GivenUp("no_service"));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, PT1S", "2, 1, PT2S", "3, 1, PT4S", "9, 1, PT4M16S", "10, 1, PT5M", "1000, 1, PT5M", "3, 0, PT2S"
    })
    void the_pauses_double_up_to_the_longest_and_jitter_takes_off_at_most_half(
            int attempts, double random, Duration expected) {
        // When
        var verdict = policy(random).verdict(new Retry("busy"), attempts, NOW, NOW);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Again(NOW.plus(expected), "busy"));
    }

    @Test
    void a_wait_that_the_channel_asked_for_is_kept_to_the_letter() {
        // When
        var verdict = policy(0.5).verdict(new Retry("busy", Optional.of(Duration.ofSeconds(42))), 7, NOW, NOW);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Again(NOW.plusSeconds(42), "busy"));
    }

    @Test
    void what_would_be_tried_after_the_time_is_up_is_given_up_with_the_last_reason() {
        // Given
        var createdAt = NOW.minus(Duration.ofHours(24));

        // When
        var verdict = policy(1).verdict(new Retry("busy"), 300, createdAt, NOW);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.GivenUp("Given up after 300 attempts. The last one: busy"));
    }

    @Property
    void an_attempt_is_never_sooner_than_half_the_first_pause_nor_later_than_the_longest(
            @ForAll @IntRange(min = 1) int attempts, @ForAll @DoubleRange(min = 0, max = 1) double random) {
        // When
        var verdict = policy(random).verdict(new Retry("busy"), attempts, NOW, NOW);

        // Then
        assertThat(verdict)
                .asInstanceOf(InstanceOfAssertFactories.type(Verdict.Again.class))
                .satisfies(again -> assertThat(Duration.between(NOW, again.at()))
                        .isBetween(Duration.ofMillis(500), Duration.ofMinutes(5)));
    }

    private static RetryPolicy policy(double random) {
        return new RetryPolicy(Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofHours(24), () -> random);
    }
}
