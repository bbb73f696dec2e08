package dev.slipway.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.system.Mutation.Ending;
import dev.slipway.system.Mutation.Fate;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Of senders of all kinds of proof. The requests follow from a seed, which failures tell; {@code -Dslipway.test.seed=…} sends the same again. */
@DisplayName("20,000 mutated requests")
class MutatedRequestsTest {

    private static final int REQUESTS = 20_000;
    private static final int CONNECTIONS = 128;
    private static final long SEED = Long.getLong("slipway.test.seed", System.nanoTime());

    /** What the gateway's heap may grow by: buffers and caches that it fills once. */
    private static final long GROWTH = 48 * 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Who does not know whether there will be an answer does not wait for long. */
    private static final Duration IMPATIENCE = Duration.ofMillis(500);

    private static GatewaySystem system;

    @BeforeAll
    static void start() {
        var settings = new HashMap<>(Sender.settings("mutations/production"));
        settings.put("SLIPWAY_WEBHOOK_INGEST_BODY_WITHIN", "2s");
        system = GatewaySystem.start("mutations", 1, settings);
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    @Test
    void noneIsAnsweredAsAFaultOfTheGatewayAndOnlyTheGenuineAreStored(TestReporter reporter) throws Exception {
        // Given
        var gateway = system.replicas().getFirst();
        var heap = gateway.liveHeap();
        var errors = gateway.errors();
        List<Answered> all;
        try (var slow = new SlowSenders(gateway.uri(), 8)) {

            // When
            all = sendAll(gateway.uri());

            // Then
            assertThat(slow.statuses()).as("answers to slow senders").containsOnly(List.of(408));
        }
        assertThat(all).hasSize(REQUESTS);
        assertThat(all).filteredOn(Answered::isAFaultOfTheGateway).isEmpty();
        assertThat(all).filteredOn(Answered::isWrong).isEmpty();

        var stored = system.stored();
        var acknowledged = eventIds(all, Answered::isAcknowledged);
        var mayBeStored = eventIds(all, Answered::mayBeStored);
        assertThat(Difference.between(stored, mayBeStored).surplus())
                .as("stored without right")
                .isEmpty();
        assertThat(Difference.between(stored, acknowledged).missing())
                .as("acknowledged, but not stored")
                .isEmpty();
        assertThat(Difference.between(stored, stored).repeated())
                .as("stored twice")
                .isEmpty();
        await("the effects of all that is stored")
                .atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(Difference.between(system.effects(), stored)).isEqualTo(Difference.NONE));
        assertThat(system.deadLetters()).as("events that cannot be read").isZero();

        var last = system.deliver();
        assertThat(system.stored().contains(last)).as("a genuine one is stored").isTrue();
        assertThat(gateway.isReady()).isTrue();
        assertThat(gateway.errors()).isEqualTo(errors);
        assertThat(gateway.liveHeap() - heap).as("bytes that the heap grew by").isLessThan(GROWTH);
        reporter.publishEntry("%d stored; answers %s"
                .formatted(
                        stored.size(),
                        all.stream()
                                .collect(Collectors.groupingBy(
                                        answered -> answered.statuses().toString(),
                                        TreeMap::new,
                                        Collectors.counting()))));
    }

    /** A request that was sent, and the statuses of the answers that were read. */
    private record Answered(int number, Mutation mutation, String eventId, String sent, List<Integer> statuses) {

        boolean isAFaultOfTheGateway() {
            return statuses.stream().anyMatch(status -> status >= 500);
        }

        /** Whether the answer does not say what must have become of the request. */
        boolean isWrong() {
            return switch (mutation.fate) {
                case STORED -> !isAcknowledged();
                case REFUSED -> statuses.stream().anyMatch(status -> status < 400);
                case EITHER -> false;
            };
        }

        boolean isAcknowledged() {
            return statuses.contains(200);
        }

        /** Whether its sender could not know that it is not stored. */
        boolean mayBeStored() {
            return isAcknowledged()
                    || mutation.fate == Fate.EITHER && statuses.stream().allMatch(status -> status == 101);
        }

        @Override
        public String toString() {
            return "number %d of seed %d, %s: answers %s to %s".formatted(number, SEED, mutation, statuses, sent);
        }
    }

    private static List<Answered> sendAll(URI gateway) throws Exception {
        var number = new AtomicInteger();
        Callable<List<Answered>> sender = () -> Stream.generate(number::getAndIncrement)
                .takeWhile(next -> next < REQUESTS)
                .map(next -> send(gateway, next))
                .toList();
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new ArrayList<Answered>();
            for (var answered : senders.invokeAll(Collections.nCopies(CONNECTIONS, sender))) {
                all.addAll(answered.get());
            }
            return all;
        }
    }

    private static Answered send(URI gateway, int number) {
        var mutation = Mutation.values()[number % Mutation.values().length];
        var eventId = "evt_%d_%d".formatted(Math.abs(SEED), number);
        var request = mutation.request(eventId, new Random(SEED + number));
        var bytes = request.bytes();
        var mayWait = mutation.ending == Ending.WAIT && mutation.fate != Fate.EITHER;
        try (var connection = new RawConnection(gateway, mayWait ? PATIENCE : IMPATIENCE)) {
            connection.send(bytes, request.pauses);
            if (mutation.ending == Ending.WAIT) {
                connection.readAnswer(request.method);
            }
            if (mutation.ending == Ending.CUT || mutation.fate == Fate.EITHER && mutation.ending == Ending.WAIT) {
                connection.readToTheEnd();
            }
            return new Answered(
                    number, mutation, request.sender.storedId(eventId), shown(bytes), connection.statuses());
        } catch (IOException e) {
            throw new IllegalStateException("The gateway takes no connection", e);
        }
    }

    private static String shown(byte[] bytes) {
        var text = new String(bytes, ISO_8859_1);
        return text.substring(0, Math.min(400, text.length()))
                .replace("\r", "\\r")
                .replace("\n", "\\n");
    }

    private static Set<String> eventIds(List<Answered> all, Predicate<Answered> wanted) {
        return all.stream().filter(wanted).map(Answered::eventId).collect(Collectors.toSet());
    }

    /** Senders whose bodies drip, a byte now and then. */
    private static final class SlowSenders implements AutoCloseable {

        private final List<RawConnection> connections = new ArrayList<>();
        private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();

        SlowSenders(URI gateway, int count) throws IOException {
            for (var i = 0; i < count; i++) {
                var connection = new RawConnection(gateway, PATIENCE);
                var request = Mutation.UNCHANGED.request("evt_slow", new Random(SEED));
                request.cut = request.framed.length;
                connection.send(request.bytes(), 0);
                connections.add(connection);
            }
            pace.scheduleAtFixedRate(
                    () -> connections.forEach(connection -> connection.send(new byte[] {'{'}, 0)),
                    100,
                    100,
                    TimeUnit.MILLISECONDS);
        }

        /** The statuses of the answers that each of them got. */
        List<List<Integer>> statuses() {
            return connections.stream()
                    .map(connection -> connection.readAnswer("POST").statuses())
                    .toList();
        }

        @Override
        public void close() throws IOException {
            pace.shutdownNow();
            for (var connection : connections) {
                connection.close();
            }
        }
    }
}
