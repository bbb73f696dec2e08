package dev.slipway.webhook.forward;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** How an application recognises a genuine forward. */
public sealed interface Signing {

    /** Its name in configuration and JSON. */
    String label();

    /** The headers of an attempt that is made now; nothing if there is no secret to sign it with. */
    Optional<MultiMap> headers(Forward forward, Instant now);

    /**
     * By Slipway's own signature, after <a
     * href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">Standard
     * Webhooks</a>. {@code webhook-id} is the delivery's id: the same however often it is sent, another when it is
     * replayed.
     *
     * @param secrets each that has not expired signs
     */
    record StandardWebhooks(List<SigningSecret> secrets) implements Signing {

        public static final String LABEL = "standard-webhooks";

        public StandardWebhooks {
            secrets = List.copyOf(secrets);
        }

        @Override
        public String label() {
            return LABEL;
        }

        @Override
        public Optional<MultiMap> headers(Forward forward, Instant now) {
            var id = forward.deliveryId().toString();
            var timestamp = Long.toString(now.getEpochSecond());
            var signatures = secrets.stream()
                    .filter(secret -> secret.counts(now))
                    .map(secret -> "v1," + secret.sign(id, timestamp, forward.body()))
                    .collect(joining(" "));
            return Optional.of(signatures)
                    .filter(it -> !it.isEmpty())
                    .map(it -> MultiMap.caseInsensitiveMultiMap()
                            .add("webhook-id", id)
                            .add("webhook-timestamp", timestamp)
                            .add("webhook-signature", it)
                            .add("traceparent", forward.traceparent())
                            .add(
                                    "content-type",
                                    Optional.ofNullable(received(forward).get("content-type"))
                                            .orElse("application/json")));
        }
    }

    /**
     * By the sender's own signature: the headers as they came, but for what concerned only the connection of then, and
     * what is not stored because it is a secret.
     */
    record Original() implements Signing {

        public static final String LABEL = "original";

        /** <a href="https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1">RFC 9110, 7.6.1</a>, and what the call sets. */
        private static final Set<String> OF_THE_CONNECTION = Set.of(
                "connection",
                "keep-alive",
                "proxy-connection",
                "proxy-authenticate",
                "proxy-authorization",
                "te",
                "trailer",
                "transfer-encoding",
                "upgrade",
                "expect",
                "host",
                "content-length",
                "accept-encoding");

        private static final String SECRET = "***";

        @Override
        public String label() {
            return LABEL;
        }

        @Override
        public Optional<MultiMap> headers(Forward forward, Instant now) {
            var received = received(forward);
            var left = Stream.concat(
                            OF_THE_CONNECTION.stream(),
                            received.getAll("connection").stream().flatMap(names -> Arrays.stream(names.split(","))))
                    .map(name -> name.strip().toLowerCase(Locale.ROOT))
                    .collect(toUnmodifiableSet());
            var headers = MultiMap.caseInsensitiveMultiMap();
            for (var header : received) {
                if (!left.contains(header.getKey().toLowerCase(Locale.ROOT))
                        && !header.getValue().equals(SECRET)) {
                    headers.add(header.getKey(), header.getValue());
                }
            }
            return Optional.of(headers);
        }
    }

    private static MultiMap received(Forward forward) {
        var headers = MultiMap.caseInsensitiveMultiMap();
        forward.headers()
                .lines()
                .map(line -> line.split(": ", 2))
                .filter(pair -> pair.length == 2)
                .forEach(pair -> headers.add(pair[0], pair[1]));
        return headers;
    }
}
