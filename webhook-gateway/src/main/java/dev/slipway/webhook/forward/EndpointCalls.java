package dev.slipway.webhook.forward;

import static java.util.Objects.requireNonNullElse;

import dev.slipway.condition.Durations;
import dev.slipway.webhook.forward.EndpointAddresses.RefusedAddressException;
import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Posts forwards to endpoints: over connections that are kept for a while, to an address that was looked at, with one
 * time-out over all. Redirects are not followed. Called from virtual threads, which wait while Vert.x does the work.
 */
@Singleton
public class EndpointCalls {

    /** Shorter than most servers keep an idle connection, so that it is not they who close it while a request is sent. */
    private static final int KEEP_ALIVE_SECONDS = 4;

    private final HttpClient client;
    private final EndpointAddresses addresses;
    private final ForwardConfig config;
    private final Clock clock;

    @Inject
    public EndpointCalls(Vertx vertx, EndpointAddresses addresses, ForwardConfig config, Clock clock) {
        this(vertx, new HttpClientOptions(), addresses, config, clock);
    }

    EndpointCalls(
            Vertx vertx, HttpClientOptions options, EndpointAddresses addresses, ForwardConfig config, Clock clock) {
        this.client = vertx.createHttpClient(options.setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                // Who calls keeps to the endpoint's concurrency.
                .setMaxPoolSize(config.atOnce()));
        this.addresses = addresses;
        this.config = config;
        this.clock = clock;
    }

    /** Posts a body, and waits for the answer. */
    Outcome post(URI url, MultiMap headers, byte[] body, Duration timeout) throws InterruptedException {
        var deadline = System.nanoTime() + timeout.toNanos();
        try {
            var remaining = addresses.of(url, left(deadline)).iterator();
            while (true) {
                var address = remaining.next();
                try {
                    return post(url, address, headers, body, deadline);
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof ConnectException) || !remaining.hasNext()) {
                        throw e;
                    }
                }
            }
        } catch (TimeoutException e) {
            return new Unanswered("No answer within " + Durations.format(timeout));
        } catch (UnknownHostException e) {
            return new Unanswered("The host %s is not known".formatted(url.getHost()));
        } catch (RefusedAddressException e) {
            return new Unanswered(String.valueOf(e.getMessage()));
        } catch (ExecutionException e) {
            return new Unanswered(reason(requireNonNullElse(e.getCause(), e), url, timeout));
        }
    }

    private Answered post(URI url, InetAddress address, MultiMap headers, byte[] body, long deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        var exchange = new Exchange();
        client.request(options(url, address, left(deadline)))
                .onSuccess(request -> exchange.begin(request, headers, body))
                .onFailure(exchange.response::completeExceptionally);
        try {
            return answered(exchange.response.get(left(deadline).toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException | ExecutionException e) {
            // Where the status has come, it counts, whatever becomes of the rest.
            var head = exchange.head();
            if (head.isEmpty()) {
                throw e;
            }
            return answered(head.get());
        } finally {
            exchange.abandon();
        }
    }

    private static Duration left(long deadline) throws TimeoutException {
        var left = Duration.ofNanos(deadline - System.nanoTime());
        if (left.toMillis() < 1) {
            throw new TimeoutException();
        }
        return left;
    }

    private static RequestOptions options(URI url, InetAddress address, Duration left) {
        var isTls = "https".equals(url.getScheme());
        var port = url.getPort() >= 0 ? url.getPort() : isTls ? 443 : 80;
        var path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setSsl(isTls)
                // Host, SNI and the certificate are the name's; the connection is the address's.
                .setHost(url.getHost())
                .setPort(port)
                .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port)))
                .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .setConnectTimeout(left.toMillis());
    }

    private Answered answered(Response response) {
        return new Answered(
                response.status(),
                response.body().toString(StandardCharsets.UTF_8),
                response.retryAfter()
                        .filter(_ -> response.status() == 429 || response.status() == 503)
                        .flatMap(this::retryAfter));
    }

    /** <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">Retry-After</a>: seconds, or a date. */
    private Optional<Duration> retryAfter(String value) {
        try {
            var asked = value.matches("[0-9]{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(
                            clock.instant(),
                            ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            var longest = config.longestRetryAfter();
            return Optional.of(asked.compareTo(longest) > 0 ? longest : asked).filter(Duration::isPositive);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static String reason(Throwable failure, URI url, Duration timeout) {
        return switch (failure) {
            // Netty's own time-out of a connection is one of these.
            case ConnectException e
            when String.valueOf(e.getMessage()).contains("timed out") ->
                "No answer within " + Durations.format(timeout);
            case ConnectException _ -> "%s refused the connection".formatted(url.getHost());
            case SSLException e -> "TLS with %s failed: %s".formatted(url.getHost(), deepest(e));
            case HttpClosedException _, SocketException _ ->
                "%s closed the connection before it answered".formatted(url.getHost());
            default -> "%s did not answer properly: %s".formatted(url.getHost(), deepest(failure));
        };
    }

    private static String deepest(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /** What came back, as far as it was read. */
    private record Response(int status, Optional<String> retryAfter, Buffer body) {}

    /** One request, from sending it to as much of its answer as is kept; on an event loop, but for what waits for it. */
    private static final class Exchange {

        private static final int KEPT = 1024;

        final CompletableFuture<Response> response = new CompletableFuture<>();
        private final Buffer body = Buffer.buffer();
        private volatile @Nullable HttpClientRequest request;
        private volatile @Nullable HttpClientResponse head;
        private volatile boolean ended;

        void begin(HttpClientRequest request, MultiMap headers, byte[] body) {
            this.request = request;
            if (response.isDone()) {
                request.reset();
                return;
            }
            request.exceptionHandler(response::completeExceptionally);
            request.response().onSuccess(answer -> read(answer, request)).onFailure(response::completeExceptionally);
            try {
                request.headers().addAll(headers);
                if (!headers.contains("user-agent")) {
                    request.putHeader("user-agent", "Slipway");
                }
                request.end(Buffer.buffer(body));
            } catch (IllegalArgumentException e) {
                response.completeExceptionally(e);
            }
        }

        private void read(HttpClientResponse answer, HttpClientRequest request) {
            head = answer;
            answer.exceptionHandler(_ -> complete(answer));
            answer.endHandler(_ -> {
                ended = true;
                complete(answer);
            });
            answer.handler(chunk -> {
                body.appendBuffer(chunk, 0, Math.min(chunk.length(), KEPT - body.length()));
                if (body.length() == KEPT) {
                    complete(answer);
                }
            });
        }

        private void complete(HttpClientResponse answer) {
            response.complete(response(answer, body));
        }

        /** What is known before the body has come. */
        Optional<Response> head() {
            return Optional.ofNullable(head).map(answer -> response(answer, Buffer.buffer()));
        }

        private static Response response(HttpClientResponse answer, Buffer body) {
            return new Response(answer.statusCode(), Optional.ofNullable(answer.getHeader("Retry-After")), body);
        }

        /** Closes the connection, unless the answer has come to its end. */
        void abandon() {
            response.cancel(false);
            var sent = request;
            if (sent != null && !ended) {
                sent.reset();
            }
        }
    }
}
