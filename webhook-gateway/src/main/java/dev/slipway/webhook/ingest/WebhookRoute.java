package dev.slipway.webhook.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.messaging.TraceParent;
import dev.slipway.webhook.delivery.Delivery;
import dev.slipway.webhook.delivery.DeliveryWriter;
import dev.slipway.webhook.delivery.Received;
import dev.slipway.webhook.forward.Forwarder;
import dev.slipway.webhook.ingest.RequestBody.Refusal;
import dev.slipway.webhook.rejection.Rejections;
import dev.slipway.webhook.rejection.Sample;
import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.scheme.Request;
import dev.slipway.webhook.scheme.Verification;
import dev.slipway.webhook.scheme.Verification.Challenge;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import dev.slipway.webhook.source.Source;
import dev.slipway.webhook.source.Sources;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.URLDecoder;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /webhooks/{source}}: reads, verifies, hands over to be stored, and answers once that is durable. A source
 * whose sender signs nothing has a secret behind its name.
 *
 * <p>It runs on the event loop, because nothing in it waits; only what takes milliseconds to verify, such as a large body,
 * is left to a worker. A 2xx always means durable; a fault of ours is a 503, never a 4xx, so that the sender tries again.
 */
@Singleton
public class WebhookRoute {

    private static final Logger LOG = Logger.getLogger(WebhookRoute.class);
    private static final String PATH = "/webhooks/";

    /** Before Quarkus' own handlers: who may call the API is not asked here. */
    private static final int FIRST = -10_000;

    /** The body of a sample, where none was read, or the sender is not to blame for it. */
    private static final byte[] NOTHING = new byte[0];

    /** To hash and read a larger body takes a millisecond or more. */
    private static final int LARGE = 256 * 1024;

    private final Sources sources;
    private final RateLimits rates;
    private final CostlyVerifications costly;
    private final DeliveryWriter writer;
    private final Forwarder forwarder;
    private final Rejections rejections;
    private final Answers answers;
    private final IngestMetrics metrics;
    private final IngestConfig config;
    private final Clock clock;

    public WebhookRoute(
            Sources sources,
            RateLimits rates,
            CostlyVerifications costly,
            DeliveryWriter writer,
            Forwarder forwarder,
            Rejections rejections,
            Answers answers,
            IngestMetrics metrics,
            IngestConfig config,
            Clock clock) {
        this.sources = sources;
        this.rates = rates;
        this.costly = costly;
        this.writer = writer;
        this.forwarder = forwarder;
        this.rejections = rejections;
        this.answers = answers;
        this.metrics = metrics;
        this.config = config;
        this.clock = clock;
    }

    void register(@Observes Router router) {
        router.route(PATH + "*").order(FIRST).handler(this::receive);
    }

    private void receive(RoutingContext context) {
        var target = isPlain(context.request().path()) ? Target.of(context.normalizedPath()) : Optional.<Target>empty();
        var source = target.flatMap(it -> sources.find(it.source()));
        if (source.isEmpty()) {
            body(context, config.largestBody().asLongValue()).throwAway();
            if (target.filter(it -> sources.isUnreadable(it.source())).isPresent()) {
                metrics.count(IngestMetrics.UNKNOWN, Outcome.UNAVAILABLE);
                answers.unavailable(context);
            } else {
                metrics.count(IngestMetrics.UNKNOWN, Outcome.UNKNOWN_SOURCE);
                answers.unknownSource(context);
            }
        } else {
            receive(context, source.get(), target.get().secret());
        }
    }

    /**
     * Whether a path names us as it should: by another way to write the same, such as {@code /%77ebhooks}, a request could
     * get past the rules of a proxy.
     */
    private static boolean isPlain(String path) {
        return path.startsWith(PATH) && !path.startsWith("/", PATH.length());
    }

    private void receive(RoutingContext context, Source source, Optional<String> pathSecret) {
        var body = body(context, source.largestBody());
        if (!context.request().method().equals(HttpMethod.POST)) {
            metrics.count(source.name(), Outcome.METHOD_NOT_ALLOWED);
            body.throwAway();
            answers.methodNotAllowed(context);
            return;
        }
        var wait = rates.refuseSender(
                source.name(), context.request().remoteAddress().hostAddress(), source.senderRateLimit());
        if (wait.isPresent()) {
            body.throwAway();
            tooMany(context, source, wait.get());
            return;
        }
        body.read(
                bytes -> judge(new Arrival(context, source, pathSecret, bytes, System.nanoTime())),
                refusal -> refuse(context, source, refusal));
    }

    private RequestBody body(RoutingContext context, long limit) {
        var body = new RequestBody(
                context.vertx(),
                context.request(),
                limit,
                config.bodyWithin(),
                metrics.unanswered(),
                config.unanswered().asLongValue());
        context.addEndHandler(end -> body.release());
        return body;
    }

    private void refuse(RoutingContext context, Source source, Refusal refusal) {
        switch (refusal) {
            case TOO_LARGE -> {
                metrics.count(source.name(), Outcome.TOO_LARGE);
                count(context, source, Reason.TOO_LARGE, NOTHING);
                answers.tooLarge(context, source.largestBody());
            }
            case TOO_SLOW -> {
                metrics.count(source.name(), Outcome.TOO_SLOW);
                count(context, source, Reason.TOO_SLOW, NOTHING);
                answers.tooSlow(context);
            }
            case TOO_BUSY -> unavailable(context, source);
        }
    }

    private void judge(Arrival arrival) {
        if (arrival.body().length <= LARGE && !arrival.source().isExpensive()) {
            try {
                conclude(arrival, verify(arrival));
            } catch (RuntimeException e) {
                fail(arrival, e);
            }
        } else if (!costly.judge(
                () -> verify(arrival),
                verification -> conclude(arrival, verification),
                failure -> fail(arrival, failure))) {
            unavailable(arrival.context(), arrival.source());
        }
    }

    private Verification verify(Arrival arrival) {
        var begin = System.nanoTime();
        var headers = arrival.context().request().headers();
        var verification = arrival.source()
                .verify(
                        new Request(
                                name -> Optional.ofNullable(headers.get(name)), arrival.pathSecret(), arrival.body()),
                        clock.instant());
        metrics.verified(System.nanoTime() - begin);
        return verification;
    }

    private void conclude(Arrival arrival, Verification verification) {
        switch (verification) {
            case Verified event -> store(arrival, event);
            case Challenge(String answer) -> {
                metrics.count(arrival.source().name(), Outcome.CHALLENGE);
                answers.challenge(arrival.context(), answer);
            }
            case Rejected rejected -> reject(arrival, rejected);
        }
    }

    private void reject(Arrival arrival, Rejected rejected) {
        var source = arrival.source();
        // It may be signed with the secret that is not to be had.
        if (source.isIncomplete(clock.instant())) {
            unavailable(arrival.context(), source);
            return;
        }
        metrics.count(source.name(), Outcome.REJECTED);
        count(arrival.context(), source, rejected.reason(), arrival.body());
        answers.rejected(arrival.context(), source.name(), rejected.reason());
    }

    private void count(RoutingContext context, Source source, Reason reason, byte[] body) {
        rejections.count(source, reason, () -> {
            var request = context.request();
            return Sample.of(request.remoteAddress().hostAddress(), request.headers(), body);
        });
    }

    private void store(Arrival arrival, Verified event) {
        var context = arrival.context();
        var wait = rates.refuseSource(arrival.source().name(), arrival.source().rateLimit());
        if (wait.isPresent()) {
            tooMany(context, arrival.source(), wait.get());
            return;
        }
        var headers = context.request().headers();
        var trace = Optional.ofNullable(headers.get("traceparent"))
                .flatMap(TraceParent::parse)
                .orElseGet(TraceParent::start);
        var vertx = context.vertx();
        var eventLoop = vertx.getOrCreateContext();
        var written = writer.write(new Received(
                Delivery.of(arrival.source(), event, trace),
                StoredHeaders.of(headers, arrival.source().secretHeaders(), arrival.pathSecret()),
                arrival.body(),
                event.isJson(),
                arrival.source().endpointsFor(event.type())));
        // CompletableFuture.orTimeout would hand each delivery to another thread and back.
        var timer = vertx.setTimer(
                Math.max(1, config.acknowledgeWithin().toMillis()),
                _ -> written.completeExceptionally(new TimeoutException()));
        var _ = written.whenComplete((outcome, failure) -> eventLoop.runOnContext(_ -> {
            vertx.cancelTimer(timer);
            acknowledge(arrival, outcome, failure);
        }));
    }

    private void acknowledge(Arrival arrival, DeliveryWriter.@Nullable Outcome outcome, @Nullable Throwable failure) {
        if (outcome == null) {
            LOG.debugf(
                    failure,
                    "A delivery of %s was not stored in time",
                    arrival.source().name());
            unavailable(arrival.context(), arrival.source());
            return;
        }
        metrics.count(
                arrival.source().name(),
                switch (outcome) {
                    case STORED -> Outcome.ACCEPTED;
                    case DUPLICATE -> Outcome.DUPLICATE;
                });
        if (!arrival.source().endpoints().isEmpty()) {
            forwarder.wake();
        }
        answers.received(arrival.context());
        metrics.acknowledged(System.nanoTime() - arrival.at());
    }

    private void fail(Arrival arrival, Throwable failure) {
        LOG.errorf(
                failure,
                "A request to the source %s could not be judged",
                arrival.source().name());
        unavailable(arrival.context(), arrival.source());
    }

    private void tooMany(RoutingContext context, Source source, Duration wait) {
        metrics.count(source.name(), Outcome.RATE_LIMITED);
        count(context, source, Reason.TOO_MANY, NOTHING);
        answers.tooMany(context, wait);
    }

    private void unavailable(RoutingContext context, Source source) {
        metrics.count(source.name(), Outcome.UNAVAILABLE);
        answers.unavailable(context);
    }

    /**
     * Where a request goes: {@code <source>} or {@code <source>/<secret>}.
     *
     * @param secret what a source whose sender signs nothing is known by
     */
    private record Target(String source, Optional<String> secret) {

        static Optional<Target> of(String path) {
            // The route takes '/webhooks', too.
            var names = path.startsWith(PATH) ? path.substring(PATH.length()).split("/", -1) : new String[0];
            return switch (names.length) {
                case 1 -> Optional.of(new Target(names[0], Optional.empty()));
                case 2 -> Optional.of(new Target(names[0], Optional.of(decoded(names[1]))));
                default -> Optional.empty();
            };
        }

        /** What of a secret cannot stand in a URL as it is; a plus can, and is no blank there. */
        private static String decoded(String segment) {
            try {
                return segment.indexOf('%') < 0 ? segment : URLDecoder.decode(segment.replace("+", "%2B"), UTF_8);
            } catch (IllegalArgumentException e) {
                // No secret, then.
                return segment;
            }
        }
    }

    /**
     * A request that came as a whole.
     *
     * @param at when, in nanoseconds of {@link System#nanoTime}
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
    private record Arrival(RoutingContext context, Source source, Optional<String> pathSecret, byte[] body, long at) {}
}
