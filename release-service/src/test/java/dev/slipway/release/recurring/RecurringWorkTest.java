package dev.slipway.release.recurring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecurringWorkTest {

    private static final Duration OFTEN = Duration.ofMillis(1);
    private static final Duration HARDLY_EVER = Duration.ofHours(1);
    private static final String FAILURE = "The clock is not wound up now";

    private final AtomicInteger turns = new AtomicInteger();
    private final Logged logged = new Logged();
    private RecurringWork work = work(HARDLY_EVER, () -> {});

    @AfterEach
    void stop() {
        work.stop();
        logged.close();
    }

    private static RecurringWork work(Duration every, Runnable turn) {
        return new RecurringWork("clock", every, FAILURE, turn);
    }

    @Test
    void itIsDoneAgainAndAgain() {
        // Given
        work = work(OFTEN, turns::incrementAndGet);

        // When
        work.start();

        // Then
        awaitTurns(3);
    }

    @Test
    void whatIsWokenTakesItsTurnAtOnce() {
        // Given
        work = work(HARDLY_EVER, turns::incrementAndGet);
        work.start();

        // When
        work.wake();

        // Then
        awaitTurns(1);
    }

    @Test
    void whatIsWokenInTheMiddleOfATurnTakesAnother() {
        // Given
        work = work(HARDLY_EVER, () -> {
            if (turns.incrementAndGet() == 1) {
                work.wake();
            }
        });
        work.start();

        // When
        work.wake();

        // Then
        awaitTurns(2);
    }

    @Test
    void whatFailsGoesOnAndEachOutageIsLoggedOnce() {
        // Given: two outages, of three turns each
        work = work(OFTEN, () -> {
            var turn = turns.incrementAndGet();
            if (turn <= 3) {
                throw new IllegalStateException("The database is away");
            }
            if (turn > 6 && turn <= 9) {
                throw new LinkageError("A class is not what it was");
            }
        });

        // When
        work.start();

        // Then
        awaitTurns(12);
        assertThat(logged.records)
                .extracting(LogRecord::getMessage, record -> record.getThrown().getClass())
                .containsExactly(tuple(FAILURE, IllegalStateException.class), tuple(FAILURE, LinkageError.class));
    }

    @Test
    void whatIsStoppedInTheMiddleOfATurnTakesNoOtherAndComplainsOfNothing() throws InterruptedException {
        // Given
        var interrupted = new CopyOnWriteArrayList<Thread>();
        work = work(OFTEN, () -> {
            turns.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.add(Thread.currentThread());
                throw new IllegalStateException(e);
            }
        });
        work.start();
        awaitTurns(1);

        // When
        work.stop();

        // Then
        await().atMost(Duration.ofSeconds(10)).until(() -> !interrupted.isEmpty());
        assertThat(interrupted.getFirst().join(Duration.ofSeconds(10))).isTrue();
        assertThat(turns).hasValue(1);
        assertThat(logged.records).isEmpty();
    }

    private void awaitTurns(int atLeast) {
        await().atMost(Duration.ofSeconds(10)).until(() -> turns.get() >= atLeast);
    }

    /** What the work logs. */
    private static final class Logged extends Handler {

        private static final Logger LOGGER = Logger.getLogger(RecurringWork.class.getName());

        private final List<LogRecord> records = new CopyOnWriteArrayList<>();

        Logged() {
            LOGGER.addHandler(this);
        }

        @Override
        public void publish(LogRecord record) {
            // Others may work here, too.
            if (record.getMessage().equals(FAILURE)) {
                records.add(record);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            LOGGER.removeHandler(this);
        }
    }
}
