package dev.slipway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.http.Idempotency.Answer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdempotencyTest {

    private static final Instant NOW = Instant.parse("2026-03-14T09:26:53Z");

    private final Jdbi jdbi = Jdbi.create(Infrastructure.shared().freshDatabase()::connect);
    private final AtomicInteger calls = new AtomicInteger();
    private final Supplier<Answer> call =
            () -> new Answer(202, Optional.of("/orders/1"), "{\"call\":%d}".formatted(calls.incrementAndGet()));

    @BeforeEach
    void makeTable() {
        jdbi.useHandle(handle -> handle.execute("""
                CREATE TABLE idempotency (
                    caller text, key text, request text, status int, location text, body text, created_at timestamptz,
                    PRIMARY KEY (caller, key))
                """));
    }

    @Test
    void aRepeatedCallIsAnsweredAsTheFirst() {
        // Given
        var first = at(NOW, "ci", "key", "request");

        // When
        var second = at(NOW, "ci", "key", "request");

        // Then
        assertThat(second).isEqualTo(first);
        assertThat(calls).hasValue(1);
    }

    @Test
    void whatIsAcceptedIsAnsweredWithItsPlace() {
        // Given
        var accepted = Answer.accepted(Optional.of("/orders/1"), Map.of("call", 1));

        // When
        var response = accepted.response();

        // Then
        assertThat(response.getStatus()).isEqualTo(202);
        assertThat(response.getLocation()).hasToString("/orders/1");
        assertThat(response.getEntity()).isEqualTo("{\"call\":1}");
    }

    @Test
    void concurrentCopiesOfACallAreOne() {
        // Given
        var replica = new Idempotency(Clock.systemUTC());

        // When
        var answers = IntStream.range(0, 8)
                .mapToObj(copy -> CompletableFuture.supplyAsync(() -> once(replica, "ci", "key", "request")))
                .toList()
                .stream()
                .map(CompletableFuture::join);

        // Then
        assertThat(answers).hasSize(8).containsOnly(new Answer(202, Optional.of("/orders/1"), "{\"call\":1}"));
    }

    @Test
    void anotherRequestUnderTheSameKeyIsRefused() {
        // Given
        at(NOW, "ci", "key", "request");

        // When
        assertThatThrownBy(() -> at(NOW, "ci", "key", "another"))
                // Then
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("use a new key");
        assertThat(calls).hasValue(1);
    }

    @Test
    void keysAreEachCallersOwn() {
        // Given
        at(NOW, "ci", "key", "request");

        // When
        at(NOW, "operator", "key", "request");

        // Then
        assertThat(calls).hasValue(2);
    }

    @Test
    void withoutAKeyEachCallIsANewOne() {
        // Given
        var idempotency = new Idempotency(Clock.systemUTC());

        // When
        var answers = IntStream.range(0, 2)
                .mapToObj(i -> jdbi.inTransaction(
                        handle -> idempotency.once(handle, "ci", Optional.empty(), "request", call)));

        // Then
        assertThat(answers).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 256})
    void aKeyHasALength(int length) {
        // When
        assertThatThrownBy(() -> at(NOW, "ci", "k".repeat(length), "request"))
                // Then
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("1 to 255");
        assertThat(calls).hasValue(0);
    }

    private Answer at(Instant now, String caller, String key, String request) {
        return once(new Idempotency(Clock.fixed(now, ZoneOffset.UTC)), caller, key, request);
    }

    private Answer once(Idempotency idempotency, String caller, String key, String request) {
        return jdbi.inTransaction(handle -> idempotency.once(handle, caller, Optional.of(key), request, call));
    }
}
