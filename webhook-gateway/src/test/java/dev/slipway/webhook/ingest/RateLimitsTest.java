package dev.slipway.webhook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.webhook.source.RateLimit;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RateLimitsTest {

    private static final Optional<RateLimit> NONE = Optional.empty();

    private final AtomicLong nanos = new AtomicLong();
    private final RateLimits limits = new RateLimits(new TimeMeter() {

        @Override
        public long currentTimeNanos() {
            return nanos.get();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    });

    @Test
    void withoutALimitEverythingPasses() {
        assertThat(passing(1_000, "a", NONE, NONE)).isEqualTo(1_000);
    }

    @Test
    void aSourceMaySendItsBurstAtOnce() {
        assertThat(passing(20, "a", limit(2, 5), NONE)).isEqualTo(5);
    }

    @Test
    void aSourceMaySendItsRateInTheLongRun() {
        // Given
        passing(20, "a", limit(2, 5), NONE);

        // When
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());

        // Then
        assertThat(passing(20, "a", limit(2, 5), NONE)).isEqualTo(4);
    }

    @Test
    void allSendersOfASourceShareItsRate() {
        // Given
        passing(20, "a", limit(2, 5), NONE);

        // When
        var passing = passing(20, "b", limit(2, 5), NONE);

        // Then
        assertThat(passing).isZero();
    }

    @Test
    void eachSenderHasARateOfItsOwn() {
        // Given
        passing(20, "a", NONE, limit(1, 3));

        // When
        var passing = passing(20, "b", NONE, limit(1, 3));

        // Then
        assertThat(passing).isEqualTo(3);
    }

    @Test
    void whatOneSenderSendsTooMuchLeavesTheOthersTheSourcesRate() {
        // Given
        passing(1_000, "a", limit(1, 10), limit(1, 3));

        // When
        var passing = passing(3, "b", limit(1, 10), limit(1, 3));

        // Then
        assertThat(passing).isEqualTo(3);
    }

    @Test
    void whoMayNotPassIsToldHowLongToWait() {
        // Given
        passing(1, "a", limit(1, 1), NONE);

        // When
        var wait = limits.refuseSource("stripe", limit(1, 1));

        // Then
        assertThat(wait).contains(Duration.ofSeconds(2));
    }

    private long passing(int requests, String sender, Optional<RateLimit> source, Optional<RateLimit> each) {
        return Stream.generate(() ->
                        limits.refuseSender("stripe", sender, each).or(() -> limits.refuseSource("stripe", source)))
                .limit(requests)
                .filter(Optional::isEmpty)
                .count();
    }

    private static Optional<RateLimit> limit(int perSecond, int burst) {
        return Optional.of(new RateLimit(perSecond, burst));
    }
}
