package dev.slipway.webhook.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.messaging.Ids;
import dev.slipway.webhook.delivery.Delivery;
import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {

    private static final int RETENTION_DAYS = 30;

    private final Endpoint endpoint =
            Forwarding.endpoint("shop", "https://shop.example", Duration.ofSeconds(10), Duration.ofMinutes(10));
    private final Forward forward = forward(0);
    private final Instant now = Delivery.timeOf(forward.deliveryId());

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299})
    void anAnswerOf2xxIsADelivery(int status) {
        // When
        var verdict = Verdict.of(answered(status), endpoint, forward, now, 0);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Delivered());
    }

    @ParameterizedTest
    @ValueSource(ints = {199, 301, 302, 304, 307, 308, 400, 401, 404, 409, 422, 429, 500, 502, 503})
    void anyOtherAnswerIsTriedAgainByTheSchedule(int status) {
        // When
        var verdict = Verdict.of(answered(status), endpoint, forward, now, 0);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Again(now.plusSeconds(10)));
    }

    @Test
    void noAnswerIsTriedAgainByTheSchedule() {
        // When
        var verdict = Verdict.of(new Unanswered("No answer"), endpoint, forward(1), now, 0);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Again(now.plusSeconds(600)));
    }

    @Test
    void whenTheScheduleIsUsedUpItIsGivenUp() {
        // When
        var verdict = Verdict.of(answered(500), endpoint, forward(2), now, 0);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.GivenUp());
    }

    @Test
    void anAnswerOf410SaysThatTheEndpointIsGoneEvenWhenTheScheduleIsUsedUp() {
        // When
        var verdict = Verdict.of(answered(410), endpoint, forward(2), now, 0);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Gone());
    }

    @ParameterizedTest
    @CsvSource({"0, 10000", "0.5, 11000", "1, 12000"})
    void whatFailsTogetherComesBackUpToAFifthLater(double random, long millis) {
        // When
        var verdict = Verdict.of(answered(500), endpoint, forward, now, random);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Again(now.plusMillis(millis)));
    }

    @ParameterizedTest
    @CsvSource({"5, 10", "10, 10", "60, 60"})
    void aPauseIsAsLongAsTheApplicationAsksAndNoShorterThanTheSchedule(long asked, long expected) {
        // Given
        var answer = new Answered(503, "", Optional.of(Duration.ofSeconds(asked)));

        // When
        var verdict = Verdict.of(answer, endpoint, forward, now, 0);

        // Then
        assertThat(verdict).isEqualTo(new Verdict.Again(now.plusSeconds(expected)));
    }

    @ParameterizedTest
    @CsvSource({"11, true", "9, false"})
    void itIsGivenUpWhenItsDeliveryWillNotBeThereAtTheNextAttempt(long secondsLeft, boolean again) {
        // Given
        var late = now.plus(Duration.ofDays(RETENTION_DAYS)).minusSeconds(secondsLeft);

        // When
        var verdict = Verdict.of(answered(500), endpoint, forward, late, 0);

        // Then
        assertThat(verdict).isEqualTo(again ? new Verdict.Again(late.plusSeconds(10)) : new Verdict.GivenUp());
    }

    private static Answered answered(int status) {
        return new Answered(status, "", Optional.empty());
    }

    private static Forward forward(int pauses) {
        return new Forward(
                RETENTION_DAYS,
                Ids.next(),
                new EndpointRef("stripe", "shop"),
                pauses + 1,
                pauses,
                "00-11111111111111111111111111111111-2222222222222222-01",
                "",
                new byte[0]);
    }
}
