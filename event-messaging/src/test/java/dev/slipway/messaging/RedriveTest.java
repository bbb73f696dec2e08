package dev.slipway.messaging;

import static dev.slipway.messaging.TestService.attributes;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a service gave up is handled after all, by that service alone. */
class RedriveTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    private final String subject = "app-%s/production".formatted(UUID.randomUUID());
    private final List<DeadLetter> letters = new CopyOnWriteArrayList<>();
    private final AtomicBoolean mended = new AtomicBoolean();
    private TestService service;
    private TestService other;

    @BeforeEach
    void start() throws Exception {
        service = TestService.start();
        other = TestService.start();
        service.consume((handle, event) -> {
            if (!mended.get()) {
                throw new IllegalStateException("It cannot be handled");
            }
        });
        other.consume();
        service.consumeDeadLetters(all -> all.stream()
                .filter(letter -> letter.service().equals(service.name))
                .forEach(letters::add));
    }

    @AfterEach
    void stop() {
        service.close();
        other.close();
    }

    @Test
    void aDeadLetterSaysWhatItIsAndWhy() {
        // When
        service.send(subject, "a");

        // Then
        var letter = letter();
        assertThat(letter.service()).isEqualTo(service.name);
        assertThat(letter.reason()).contains("It cannot be handled");
        assertThat(letter.origin()).startsWith("slipway.releases/");
        assertThat(letter.attribute("id")).contains("a");
        assertThat(letter.attribute("type")).contains("dev.slipway.MigrationDone.v1");
        assertThat(letter.attribute("nothing")).isEmpty();
        assertThat(letter.key()).contains(subject);
        assertThat(letter.value()).hasValueSatisfying(value -> assertThat(value).isEqualTo("{}".getBytes(UTF_8)));
        assertThat(letter.redriveId()).isEmpty();
    }

    @Test
    void itHasItsEffectOnceTheFaultIsMended() {
        // Given
        service.send(subject, "a");
        var letter = letter();
        mended.set(true);

        // When
        redrive(letter, UUID.randomUUID());

        // Then
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a"));
    }

    @Test
    void otherServicesDropItEvenIfTheyHaveForgottenTheEvent() {
        // Given
        service.send(subject, "a");
        var letter = letter();
        await().atMost(SOON).untilAsserted(() -> assertThat(other.effects()).containsExactly("a"));
        other.jdbi.useHandle(handle -> handle.execute("DELETE FROM inbox"));
        var skipped = other.counted("skipped");

        // When
        redrive(letter, UUID.randomUUID());

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(other.counted("skipped")).isGreaterThan(skipped));
        assertThat(other.effects()).containsExactly("a");
    }

    @Test
    void oneRedriveHasItsEffectOnce() {
        // Given
        service.send(subject, "a");
        var letter = letter();
        mended.set(true);
        var redrive = UUID.randomUUID();

        // When
        redrive(letter, redrive);
        redrive(letter, redrive);

        // Then
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(service.records("slipway.releases", subject)).hasSize(3));
        service.send(subject, "last");
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a", "last"));
    }

    @Test
    void whatStillCannotBeHandledIsADeadLetterAgainThatNamesItsRedrive() {
        // Given
        service.send(subject, "a");
        var first = letter();
        var redrive = UUID.randomUUID();
        redrive(first, redrive);
        await().atMost(SOON).untilAsserted(() -> assertThat(letters).hasSize(2));
        var second = letters.getLast();
        mended.set(true);

        // When
        redrive(second, UUID.randomUUID());

        // Then
        assertThat(second.redriveId()).contains(redrive);
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a"));
    }

    @Test
    void itIsSentAsItCameWhateverThatWas() {
        // Given
        var value = new byte[] {0, -1, 1};
        var poison = new ProducerRecord<>("slipway.releases", subject.getBytes(UTF_8), value);
        poison.headers().add("binary", new byte[] {0, -128, 65}).add("none", null);
        service.send(poison);

        // When
        redrive(letter(), UUID.randomUUID());

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(service.records("slipway.releases", subject))
                        .hasSize(2)
                        .allSatisfy(record -> {
                            assertThat(record.value()).isEqualTo(value);
                            assertThat(record.headers().lastHeader("binary").value())
                                    .isEqualTo(new byte[] {0, -128, 65});
                            assertThat(record.headers().lastHeader(DeadLetters.REASON))
                                    .isNull();
                        }));
        await().atMost(SOON).untilAsserted(() -> assertThat(letters).hasSize(2));
    }

    @Test
    void aMarkThatIsNoneOfOursIsNoRedrive() {
        // Given
        mended.set(true);
        var headers = attributes(subject, "a", "slipway-redrive", "nonsense", "slipway-redrive-service", "another");

        // When
        service.send("slipway.releases", subject, headers, "{}");

        // Then
        await().atMost(SOON).untilAsserted(() -> assertThat(service.effects()).containsExactly("a"));
    }

    @Test
    void deadLettersThatCannotBeTakenNowAreHandedOverAgainAndWhatIsNoneIsSkipped() {
        // Given
        service.send("slipway.releases.dlq", subject, Map.of("by", "nobody"), "{}");
        service.send(subject, "a");
        letter();
        var attempts = new CopyOnWriteArrayList<DeadLetter>();

        // When
        other.consumeDeadLetters(all -> {
            attempts.addAll(all);
            if (attempts.size() == all.size()) {
                throw new IllegalStateException("Not now");
            }
        });

        // Then
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                attempts.stream().filter(letter -> letter.key().equals(Optional.of(subject))))
                        .hasSizeGreaterThanOrEqualTo(1)
                        .allMatch(letter -> letter.service().equals(service.name)));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(attempts.stream()
                                .map(letter -> letter.partition() + "/" + letter.offset())
                                .distinct())
                        .hasSizeLessThan(attempts.size()));
    }

    private DeadLetter letter() {
        await().atMost(SOON).untilAsserted(() -> assertThat(letters).isNotEmpty());
        return letters.getFirst();
    }

    private void redrive(DeadLetter letter, UUID id) {
        service.jdbi.useTransaction(handle -> service.outbox.redrive(handle, letter, id));
    }
}
