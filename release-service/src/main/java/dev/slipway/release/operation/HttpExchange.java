package dev.slipway.release.operation;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls providers over HTTP. */
@Singleton
public class HttpExchange {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_BODY = 256 * 1024;
    /** The client sets these itself. */
    private static final Set<String> RESTRICTED = Set.of("host", "content-length", "connection", "expect", "upgrade");

    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    /**
     * What was answered.
     *
     * @param body at most 256 KiB of it
     * @param retryAfter how long the provider asks to wait
     */
    record Answer(int status, String body, Duration time, Optional<Duration> retryAfter) {

        boolean isOverloaded() {
            return status == 408 || status == 425 || status == 429 || status >= 500;
        }
    }

    /**
     * Makes a call.
     *
     * @throws IOException if there was no answer; whether the call had its effect is then unknown
     * @throws IllegalArgumentException if the URL or a header is not one
     */
    Answer call(String method, String url, Map<String, String> headers, Optional<String> body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url))
                .timeout(TIMEOUT)
                .method(method, body.map(BodyPublishers::ofString).orElseGet(BodyPublishers::noBody));
        var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        all.put("User-Agent", "Slipway");
        all.putAll(headers);
        all.keySet().removeIf(name -> RESTRICTED.contains(name.toLowerCase(java.util.Locale.ROOT)));
        all.forEach((name, value) -> set(request, name, value));
        try {
            return answer(request.build());
        } catch (IOException e) {
            throw new IOException("No answer to %s %s: %s".formatted(method, url, reason(e)), e);
        }
    }

    /** What the client itself says of a value shows it, and it may be a secret. */
    private static void set(HttpRequest.Builder request, String name, String value) {
        try {
            request.setHeader(name, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("The header '%s' has a character that none may have".formatted(name));
        }
    }

    /** The client says nothing of its own of a connection that is refused. */
    private static String reason(IOException e) {
        return e instanceof ConnectException
                ? "no connection"
                : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private Answer answer(HttpRequest request) throws IOException, InterruptedException {
        var started = System.nanoTime();
        var response = client.send(request, BodyHandlers.ofInputStream());
        try (var stream = response.body()) {
            // The request's time-out ends with the headers; a body that trickles is cut off.
            CompletableFuture.delayedExecutor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> close(stream));
            // PostgreSQL cannot store a NUL.
            var text = new String(stream.readNBytes(MAX_BODY), StandardCharsets.UTF_8).replace('\0', '\uFFFD');
            return new Answer(
                    response.statusCode(), text, Duration.ofNanos(System.nanoTime() - started), retryAfter(response));
        }
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">Retry-After</a>: seconds, or a date. */
    private static Optional<Duration> retryAfter(HttpResponse<?> response) {
        return response.headers().firstValue("Retry-After").flatMap(value -> {
            if (value.matches("[0-9]{1,6}")) {
                return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
            }
            try {
                var sent = response.headers().firstValue("Date").map(HttpExchange::date);
                return sent.map(from -> Duration.between(from, date(value))).filter(Duration::isPositive);
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        });
    }

    private static Instant date(String value) {
        return ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }
}
