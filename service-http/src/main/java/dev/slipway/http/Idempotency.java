package dev.slipway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Answers a repeated call as the first one, by its {@code Idempotency-Key}
 * (<a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">draft</a>). Keys are each
 * caller's own, and remembered for as long as the service keeps its table {@code idempotency}. What was refused has done
 * nothing, and is not remembered: its key may be used again.
 */
@Singleton
public class Idempotency {

    /** The longest key, in characters. */
    public static final int MAX_KEY_LENGTH = 255;

    private final Clock clock;

    public Idempotency(Clock clock) {
        this.clock = clock;
    }

    /**
     * An answer to a call.
     *
     * @param body JSON
     */
    public record Answer(int status, Optional<String> location, String body) {

        /** 202: it will be done. */
        public static Answer accepted(Optional<String> location, Object body) {
            try {
                return new Answer(202, location, EventJson.mapper().writeValueAsString(body));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }

        public Response response() {
            var response = Response.status(status).entity(body);
            location.map(URI::create).ifPresent(response::location);
            return response.build();
        }
    }

    /**
     * Answers a call, in the transaction of what it does.
     *
     * @param request what is asked for: a repeat must ask for the same
     */
    public Answer once(Handle handle, String caller, Optional<String> key, String request, Supplier<Answer> call) {
        if (key.isEmpty()) {
            return call.get();
        }
        if (key.get().isBlank() || key.get().length() > MAX_KEY_LENGTH) {
            throw ProblemException.badRequest("An Idempotency-Key has 1 to %d characters".formatted(MAX_KEY_LENGTH));
        }
        // A repeat that comes while the first is being answered waits for it here.
        handle.execute("SELECT pg_advisory_xact_lock(hashtext(?), hashtext(?))", caller, key.get());
        var digest = digest(request);
        var known = handle.createQuery(
                        "SELECT request, status, location, body FROM idempotency WHERE caller = :caller AND key = :key")
                .bind("caller", caller)
                .bind("key", key.get())
                .map((row, context) -> {
                    if (!row.getString("request").equals(digest)) {
                        throw ProblemException.unprocessable(
                                "This Idempotency-Key was used for another request; use a new key");
                    }
                    return new Answer(row.getInt("status"), optional(row.getString("location")), row.getString("body"));
                })
                .findOne();
        return known.orElseGet(() -> {
            var answer = call.get();
            handle.execute(
                    """
                    INSERT INTO idempotency (caller, key, request, status, location, body, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                    caller,
                    key.get(),
                    digest,
                    answer.status(),
                    answer.location().orElse(null),
                    answer.body(),
                    clock.instant().atOffset(ZoneOffset.UTC));
            return answer;
        });
    }

    private static Optional<String> optional(@Nullable String text) {
        return Optional.ofNullable(text);
    }

    private static String digest(String request) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(request.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
