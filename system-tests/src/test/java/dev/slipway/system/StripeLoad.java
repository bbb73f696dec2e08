package dev.slipway.system;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Stripe that keeps sending over a number of connections, to one gateway after the other, as a balancer does. What is
 * not acknowledged it sends again, only sooner than Stripe would. One in ten requests repeats an event that was
 * acknowledged; one in twenty is forged.
 */
final class StripeLoad implements AutoCloseable {

    private static final int CONNECTIONS = 16;

    /** While so many events wait to be sent again, there are no new ones. */
    private static final int MOST_UNACKNOWLEDGED = 64;

    private static final Duration RECOVERY = Duration.ofSeconds(90);

    private final List<URI> gateways;
    private final AtomicInteger requests = new AtomicInteger();
    private final Semaphore connections = new Semaphore(CONNECTIONS);
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();

    /** When each event was sent for the first time, by the JVM's clock. */
    private final ConcurrentMap<String, Long> sent = new ConcurrentHashMap<>();

    /** When each event was answered 200 for the first time. */
    private final ConcurrentMap<String, Long> acknowledged = new ConcurrentHashMap<>();

    private final Queue<String> unacknowledged = new ConcurrentLinkedQueue<>();
    private final ConcurrentMap<String, Integer> answers = new ConcurrentHashMap<>();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private volatile String lastAcknowledged = "";
    private volatile boolean ending;

    private StripeLoad(List<URI> gateways) {
        this.gateways = gateways;
    }

    /** Begins to send, so many requests a second as far as there are connections free. */
    static StripeLoad start(List<URI> gateways, int perSecond) {
        var load = new StripeLoad(gateways);
        load.pace.scheduleAtFixedRate(load::sendNext, 0, SECONDS.toNanos(1) / perSecond, NANOSECONDS);
        return load;
    }

    /** Waits until so many further events are acknowledged. */
    void awaitAcknowledged(int further) {
        var enough = acknowledged.size() + further;
        await(further + " further acknowledgements").atMost(RECOVERY).until(() -> acknowledged.size() >= enough);
    }

    /** Waits until so many further requests were sent, whatever became of them. */
    void awaitRequests(int further) {
        var enough = requests.get() + further;
        await(further + " further requests").atMost(RECOVERY).until(() -> requests.get() >= enough);
    }

    /** Sends nothing new from here on, and waits until all that was sent is acknowledged. */
    StripeLoad finish() {
        ending = true;
        await("the acknowledgement of all that was sent")
                .atMost(RECOVERY)
                .until(() -> connections.availablePermits() == CONNECTIONS
                        && unacknowledged.isEmpty()
                        && acknowledged.size() == sent.size());
        return this;
    }

    Set<String> acknowledged() {
        return Set.copyOf(acknowledged.keySet());
    }

    /** How many requests got which answer. */
    Map<String, Integer> answers() {
        return new TreeMap<>(answers);
    }

    /** What was answered that should not have been. */
    List<String> unexpected() {
        return List.copyOf(unexpected);
    }

    /**
     * Of events in the order in which they were published, those that were acknowledged before another was sent that
     * stands before them.
     */
    List<String> overtaken(List<String> published) {
        var overtaken = new ArrayList<String>();
        var lastSent = Long.MIN_VALUE;
        for (var eventId : published) {
            if (acknowledged.getOrDefault(eventId, Long.MAX_VALUE) < lastSent) {
                overtaken.add(eventId);
            }
            lastSent = Math.max(lastSent, sent.getOrDefault(eventId, Long.MIN_VALUE));
        }
        return overtaken;
    }

    private void sendNext() {
        if (connections.tryAcquire()) {
            var number = requests.incrementAndGet();
            senders.execute(() -> {
                try {
                    send(number);
                } finally {
                    connections.release();
                }
            });
        }
    }

    private void send(int number) {
        if (number % 20 == 0) {
            send(number, StripeSender.newEventId(), false);
        } else if (number % 10 == 5 && !lastAcknowledged.isEmpty()) {
            send(number, lastAcknowledged, true);
        } else {
            var again = ending || number % 2 == 0 || unacknowledged.size() > MOST_UNACKNOWLEDGED
                    ? unacknowledged.poll()
                    : null;
            if (again != null) {
                send(number, again, true);
            } else if (!ending) {
                send(number, StripeSender.newEventId(), true);
            }
        }
    }

    private void send(int number, String eventId, boolean genuine) {
        var gateway = gateways.get(number % gateways.size());
        var body = StripeSender.body(eventId, 1_000);
        var request = StripeSender.request(gateway, body, genuine ? GatewaySystem.STRIPE_SECRET : "whsec_forged");
        if (genuine) {
            sent.putIfAbsent(eventId, System.nanoTime());
        }
        try {
            judge(eventId, genuine, StripeSender.HTTP.send(request, BodyHandlers.ofString()));
        } catch (IOException e) {
            count("none");
            if (genuine) {
                unacknowledged.add(eventId);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void judge(String eventId, boolean genuine, HttpResponse<String> response) {
        count(Integer.toString(response.statusCode()));
        if (genuine && response.statusCode() == 200) {
            acknowledged.putIfAbsent(eventId, System.nanoTime());
            lastAcknowledged = eventId;
        } else if (genuine
                && response.statusCode() == 503
                && response.headers().firstValue("Retry-After").isPresent()) {
            unacknowledged.add(eventId);
        } else if (genuine || response.statusCode() != 400) {
            unexpected.add(
                    "%s %s event %s: %s".formatted(genuine ? "genuine" : "forged", eventId, response, response.body()));
        }
    }

    private void count(String answer) {
        answers.merge(answer, 1, Integer::sum);
    }

    @Override
    public void close() {
        pace.shutdownNow();
        senders.shutdownNow();
    }
}
