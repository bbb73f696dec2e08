package dev.slipway.probe.check;

import dev.slipway.condition.Observation;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.probe.ProbeConfig;
import dev.slipway.probe.check.Addresses.RefusedAddressException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Makes HTTP requests as a check needs them: over connections that are kept, to the address that was looked at, with one
 * time-out over all, redirects included. Called from virtual threads, which wait while Vert.x does the work.
 */
@Singleton
public class HttpCalls {

    /** No host's checks wait for one another; time-outs bound how many connections there can be. */
    private static final int CONNECTIONS_TO_ONE_HOST = 10_000;

    private static final int SHOWN_BYTES = 1024;
    private static final Set<String> SAFE_TO_REPEAT = Set.of("GET", "HEAD", "OPTIONS");

    private final HttpClient kept;
    private final HttpClient fresh;
    private final Addresses addresses;
    private final ProbeConfig config;
    private final Clock clock;

    public HttpCalls(Vertx vertx, Addresses addresses, ProbeConfig config, Clock clock) {
        this.kept = vertx.createHttpClient(options().setKeepAlive(true));
        this.fresh = vertx.createHttpClient(options().setKeepAlive(false));
        this.addresses = addresses;
        this.config = config;
        this.clock = clock;
    }

    private static HttpClientOptions options() {
        return new HttpClientOptions().setMaxPoolSize(CONNECTIONS_TO_ONE_HOST).setDecompressionSupported(true);
    }

    /**
     * Calls, and waits for the answer.
     *
     * @param call with its secrets in place
     * @throws IllegalArgumentException if it cannot be called; the message says why
     */
    Answer call(HttpCall call, Duration timeout) throws InterruptedException {
        var deadline = new Deadline(timeout);
        var hop = Hop.first(call);
        var connected = new Connected();
        try {
            for (var redirects = 0; ; redirects++) {
                var response = send(hop, deadline, connected);
                if (!hop.isFollowedAfter(response)) {
                    return seen(response, deadline);
                }
                if (redirects == config.redirects()) {
                    return new Answer.Nothing("it redirected more than %d times".formatted(redirects), true);
                }
                hop = hop.after(response);
            }
        } catch (IOException | TimeoutException | RefusedAddressException | CallFailedException e) {
            var cause = e instanceof CallFailedException failed ? failed.cause() : e;
            return new Answer.Nothing(Failures.reason(cause, deadline, hop.peer()), connected.value);
        }
    }

    /** Tries the host's addresses in turn until one accepts a connection. */
    private Response send(Hop hop, Deadline deadline, Connected connected)
            throws IOException, TimeoutException, RefusedAddressException, CallFailedException, InterruptedException {
        var remaining = addresses.of(hop.host(), deadline.left()).iterator();
        while (true) {
            var address = remaining.next();
            try {
                return send(hop, address, deadline, connected);
            } catch (CallFailedException e) {
                if (!(e.cause() instanceof ConnectException) || !remaining.hasNext()) {
                    throw e;
                }
            }
        }
    }

    private Response send(Hop hop, InetAddress address, Deadline deadline, Connected connected)
            throws TimeoutException, CallFailedException, InterruptedException {
        if (!SAFE_TO_REPEAT.contains(hop.method())) {
            return send(fresh, hop, address, deadline, connected);
        }
        try {
            return send(kept, hop, address, deadline, connected);
        } catch (CallFailedException e) {
            if (e.hasBegun() || !Failures.mayBeStale(e.cause())) {
                throw e;
            }
            return send(fresh, hop, address, deadline, connected);
        }
    }

    private Response send(HttpClient client, Hop hop, InetAddress address, Deadline deadline, Connected connected)
            throws TimeoutException, CallFailedException, InterruptedException {
        var exchange = new Exchange(config.bodyLimit(), address, connected);
        client.request(hop.options(address, deadline.left()))
                .onSuccess(request -> exchange.begin(request, hop))
                .onFailure(exchange.response::completeExceptionally);
        try {
            return exchange.response.get(deadline.left().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new CallFailedException(e.getCause() == null ? e : e.getCause(), exchange.hasBegun);
        } catch (TimeoutException e) {
            exchange.abandon();
            throw e;
        }
    }

    private Answer seen(Response response, Deadline deadline) {
        var responseTime = deadline.elapsed();
        var details = new LinkedHashMap<String, Object>();
        details.put("status", response.status());
        details.put("responseTimeMs", responseTime.toMillis());
        shown(response.body()).ifPresent(body -> details.put("body", body));
        return new Answer.Seen(
                new Observation(
                        true,
                        OptionalInt.of(response.status()),
                        Optional.of(responseTime),
                        Optional.of(response.body().toString(StandardCharsets.UTF_8)),
                        response.certificate()
                                .map(certificate -> Duration.between(
                                        clock.instant(),
                                        certificate.getNotAfter().toInstant())),
                        Optional.of(response.address().getHostAddress())),
                "answered " + response.status() + " in " + responseTime.toMillis() + " ms",
                details);
    }

    /** The beginning of the body if it is text. */
    private static Optional<String> shown(Buffer body) {
        if (body.length() == 0) {
            return Optional.empty();
        }
        var isCut = body.length() > SHOWN_BYTES;
        var text = body.getBuffer(0, Math.min(body.length(), SHOWN_BYTES)).toString(StandardCharsets.UTF_8);
        // The last character may have been cut in two.
        var whole = isCut ? text.replaceFirst("\uFFFD$", "") : text;
        var isText = whole.chars()
                .noneMatch(it -> it == 0xFFFD || (Character.isISOControl(it) && !Character.isWhitespace(it)));
        return isText ? Optional.of(isCut ? whole + "…" : whole) : Optional.empty();
    }

    /** What came back, as far as it was read. */
    private record Response(
            int status,
            Optional<String> location,
            Buffer body,
            Optional<X509Certificate> certificate,
            InetAddress address) {}

    /** One request, from sending it to the end of its answer; on an event loop, but for what waits for it. */
    private static final class Exchange {

        final CompletableFuture<Response> response = new CompletableFuture<>();
        volatile boolean hasBegun;
        private final int bodyLimit;
        private final InetAddress address;
        private final Connected connected;
        private final Buffer body = Buffer.buffer();
        private volatile @Nullable HttpClientRequest request;

        Exchange(int bodyLimit, InetAddress address, Connected connected) {
            this.bodyLimit = bodyLimit;
            this.address = address;
            this.connected = connected;
        }

        void begin(HttpClientRequest request, Hop hop) {
            this.request = request;
            connected.value = true;
            if (response.isDone()) {
                request.reset();
                return;
            }
            request.exceptionHandler(response::completeExceptionally);
            request.response().onSuccess(answer -> read(answer, request)).onFailure(response::completeExceptionally);
            try {
                hop.headers().forEach(request::putHeader);
                hop.body().ifPresentOrElse(request::end, request::end);
            } catch (IllegalArgumentException e) {
                request.reset();
                response.completeExceptionally(e);
            }
        }

        private void read(HttpClientResponse answer, HttpClientRequest request) {
            hasBegun = true;
            answer.exceptionHandler(response::completeExceptionally);
            answer.endHandler(_ -> complete(answer, request));
            answer.handler(chunk -> {
                body.appendBuffer(chunk, 0, Math.min(chunk.length(), bodyLimit - body.length()));
                if (body.length() >= bodyLimit && !response.isDone()) {
                    complete(answer, request);
                    request.reset();
                }
            });
        }

        private void complete(HttpClientResponse answer, HttpClientRequest request) {
            response.complete(new Response(
                    answer.statusCode(),
                    Optional.ofNullable(answer.getHeader("Location")),
                    body,
                    certificate(request),
                    address));
        }

        void abandon() {
            response.cancel(false);
            var sent = request;
            if (sent != null) {
                sent.reset();
            }
        }

        private static Optional<X509Certificate> certificate(HttpClientRequest request) {
            if (!request.connection().isSsl()) {
                return Optional.empty();
            }
            try {
                return request.connection().peerCertificates().stream()
                        .findFirst()
                        .map(X509Certificate.class::cast);
            } catch (SSLPeerUnverifiedException e) {
                return Optional.empty();
            }
        }
    }

    /** One request on the way to the answer; a redirect leads to another. */
    private record Hop(String method, URI url, Map<String, String> headers, Optional<Buffer> body) {

        private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

        static Hop first(HttpCall call) {
            var headers = new LinkedHashMap<String, String>();
            headers.put("User-Agent", "slipway-health-probe");
            // Names of headers do not differ by case.
            call.headers().forEach((name, value) -> {
                headers.keySet().removeIf(name::equalsIgnoreCase);
                headers.put(name, value);
            });
            return new Hop(
                    call.method().toUpperCase(Locale.ROOT),
                    url(call.url()),
                    headers,
                    call.body().map(Buffer::buffer));
        }

        private static URI url(String text) {
            try {
                return requireHttp(new URI(text));
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException("the URL is malformed: %s".formatted(e.getReason()), e);
            }
        }

        private static URI requireHttp(URI url) {
            if (!"http".equals(url.getScheme()) && !"https".equals(url.getScheme())) {
                throw new IllegalArgumentException("the URL must begin with http:// or https://");
            }
            if (url.getHost() == null) {
                throw new IllegalArgumentException("the URL has no valid host");
            }
            if (url.getUserInfo() != null) {
                throw new IllegalArgumentException(
                        "the URL holds credentials; put them into an Authorization header as ${secrets.NAME}");
            }
            return url;
        }

        /** Whether an answer is a redirect that is followed. The body may hold secrets, so it stays at its origin. */
        boolean isFollowedAfter(Response response) throws CallFailedException {
            return REDIRECTS.contains(response.status())
                    && response.location().isPresent()
                    && !(body.isPresent() && keepsMethod(response) && isElsewhere(target(response)));
        }

        /** The request that a redirect leads to. */
        Hop after(Response response) throws CallFailedException {
            var target = target(response);
            return new Hop(
                    keepsMethod(response) ? method : "GET",
                    target,
                    isElsewhere(target) ? Map.of() : headers,
                    keepsMethod(response) ? body : Optional.empty());
        }

        private URI target(Response response) throws CallFailedException {
            try {
                return requireHttp(url.resolve(new URI(response.location().orElse(""))));
            } catch (URISyntaxException | IllegalArgumentException e) {
                throw new CallFailedException(
                        new ProtocolException("it redirected to where no check goes: %s".formatted(e.getMessage())),
                        true);
            }
        }

        private boolean keepsMethod(Response response) {
            return response.status() == 307 || response.status() == 308 || method.equals("HEAD");
        }

        private boolean isElsewhere(URI target) {
            return !origin(target).equals(origin(url));
        }

        private static String origin(URI url) {
            return "%s://%s:%d".formatted(url.getScheme(), url.getHost(), port(url));
        }

        private static int port(URI url) {
            return url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
        }

        String host() {
            return url.getHost();
        }

        String peer() {
            return "%s:%d".formatted(url.getHost(), port(url));
        }

        RequestOptions options(InetAddress address, Duration left) {
            var path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
            return new RequestOptions()
                    .setMethod(HttpMethod.valueOf(method))
                    .setSsl(url.getScheme().equals("https"))
                    .setHost(url.getHost())
                    .setPort(port(url))
                    .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port(url))))
                    .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                    .setConnectTimeout(left.toMillis());
        }
    }

    /** Whether any connection came about. */
    private static final class Connected {
        volatile boolean value;
    }

    private static final class CallFailedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final boolean hasBegun;
        private final Throwable cause;

        CallFailedException(Throwable cause, boolean hasBegun) {
            super(cause);
            this.cause = cause;
            this.hasBegun = hasBegun;
        }

        Throwable cause() {
            return cause;
        }

        /** Whether an answer had begun. */
        boolean hasBegun() {
            return hasBegun;
        }
    }
}
