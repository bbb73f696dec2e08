package dev.slipway.webhook.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.scheme.Verification;
import dev.slipway.webhook.scheme.Verification.Rejected;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostlyVerificationsTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Verification REJECTED = new Rejected(Reason.BAD_SIGNATURE);

    private final CostlyVerifications verifications = new CostlyVerifications(VERTX, config());

    @AfterAll
    static void close() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void noMoreAreTakenThanThereIsRoomForAndOthersOnceThereIsSomeAgain() {
        // Given
        var done = new CountDownLatch(1);
        var judged = new AtomicInteger();
        for (var i = 0; i < 2; i++) {
            assertThat(verifications.judge(() -> waitFor(done), it -> judged.incrementAndGet(), e -> {}))
                    .isTrue();
        }

        // When
        var isTaken = verifications.judge(() -> REJECTED, it -> judged.incrementAndGet(), e -> {});

        // Then
        assertThat(isTaken).isFalse();
        done.countDown();
        await().untilAtomic(judged, equalTo(2));
        assertThat(verifications.judge(() -> REJECTED, it -> judged.incrementAndGet(), e -> {}))
                .isTrue();
        await().untilAtomic(judged, equalTo(3));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "64, 63"})
    void aProcessorIsLeftToOthersAsFarAsThereIsMoreThanOne(int processors, int expected) {
        assertThat(CostlyVerifications.workers(processors)).isEqualTo(expected);
    }

    @Test
    void whatIsThrownWhileItIsJudgedIsTold() {
        // Given
        var failure = new CompletableFuture<Throwable>();
        var cause = new IllegalStateException("No such algorithm");

        // When
        verifications.judge(
                () -> {
                    throw cause;
                },
                it -> {},
                failure::complete);

        // Then
        assertThat(failure).succeedsWithin(Duration.ofSeconds(5)).isSameAs(cause);
    }

    @Test
    void whatIsThrownAfterItIsJudgedIsToldTooAndMakesRoom() {
        // Given
        var failures = new AtomicInteger();

        // When
        for (var i = 1; i <= 5; i++) {
            verifications.judge(
                    () -> REJECTED,
                    it -> {
                        throw new IllegalStateException("Cannot be counted");
                    },
                    e -> failures.incrementAndGet());
            await().untilAtomic(failures, equalTo(i));
        }

        // Then
        assertThat(failures).hasValue(5);
    }

    private static Verification waitFor(CountDownLatch done) throws InterruptedException {
        done.await();
        return REJECTED;
    }

    /** With room for two. */
    private static IngestConfig config() {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(IngestConfig.class)
                .withDefaultValue("slipway.webhook.ingest.verifying", "2")
                .build()
                .getConfigMapping(IngestConfig.class);
    }
}
