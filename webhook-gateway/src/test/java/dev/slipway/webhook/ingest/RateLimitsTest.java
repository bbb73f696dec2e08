package dev.slipway.webhook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.webhook.source.RateLimit;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:1::1,   2001:db8:0:1:ffff::2, 0",
        "2001:db8:0:1::1,   2001:db8:0:1:0:0:0:1, 0",
        "2001:db8:0:1::1,   2001:db8:0:2::1,      3",
        "192.0.2.1,         192.0.2.2,            3",
        "::ffff:192.0.2.1,  ::ffff:192.0.2.2,     3",
        "fe80::1%nowhere,   fe80::2%nowhere,      3"
    })
    void theAddressesOfOneIpv6NetworkShareARate(String sender, String other, int expected) {
        // Given
        passing(20, sender, NONE, limit(1, 3));

        // When
        var passing = passing(20, other, NONE, limit(1, 3));

        // Then
        assertThat(passing).isEqualTo(expected);
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
