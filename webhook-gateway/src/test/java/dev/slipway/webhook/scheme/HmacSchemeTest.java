package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.base64Hmac;
import static dev.slipway.webhook.scheme.Requests.hexHmac;
import static dev.slipway.webhook.scheme.Requests.request;
import static dev.slipway.webhook.scheme.Requests.settings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HmacSchemeTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final byte[] BODY = "a=1&b=2".getBytes(UTF_8);

    private final List<Secret> secrets = List.of(KnownScheme.HMAC.secret("old"), KnownScheme.HMAC.secret("key"));

    @ParameterizedTest
    @CsvSource({
        "sha1,HmacSHA1,hex",
        "sha256,HmacSHA256,hex",
        "SHA512,HmacSHA512,HEX",
        "sha1,HmacSHA1,base64",
        "sha256,HmacSHA256,base64",
        "sha512,HmacSHA512,Base64"
    })
    void takesEachAlgorithmInEachEncoding(String algorithm, String jcaName, String encoding) {
        // Given
        var scheme = scheme(Map.of("algorithm", algorithm, "encoding", encoding));
        var signature = encoding.equalsIgnoreCase("hex")
                ? hexHmac(jcaName, "key", "", BODY)
                : base64Hmac(jcaName, "key".getBytes(UTF_8), "", BODY);

        // When
        var verification = scheme.verify(request(BODY, Map.of("X-Signature", signature)), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified(
                        "sha256:8e85be58c1c372ac29fe7bfa80d8ddcbd04a4032c7b51c1c026d67c55b1ab23f",
                        "webhook",
                        Mode.LIVE,
                        NOW,
                        false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{timestamp}.{body};1760000010.",
                "v0:{timestamp}:{body};v0:1760000010:",
                "{id}.{timestamp}.{body};evt_1.1760000010.",
                "{timestamp}{body};1760000010"
            })
    void takesEachContent(String signed, String start) {
        // Given
        var options = new HashMap<>(Map.of("signed", signed, "timestamp-header", "X-Time"));
        if (signed.contains("{id}")) {
            options.put("id-header", "X-Id");
        }
        var headers = Map.of(
                "X-Signature", hexHmac("HmacSHA256", "key", start, BODY), "X-Time", "1760000010", "X-Id", "evt_1");

        // When
        var verification = scheme(options).verify(request(BODY, headers), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @Test
    void refusesAnIdThatReachesIntoTheBody() {
        // Given
        var scheme = scheme(Map.of("signed", "v1.{id}.{body}", "id-header", "X-Id"));
        var signature = hexHmac("HmacSHA256", "key", "v1.e1.a", ".b".getBytes(UTF_8));

        // When
        var moved = scheme.verify(request(".b", Map.of("X-Signature", signature, "X-Id", "e1.a")), secrets, NOW);

        // Then
        assertThat(scheme.verify(request("a.b", Map.of("X-Signature", signature, "X-Id", "e1")), secrets, NOW))
                .isInstanceOf(Verified.class);
        assertThat(moved).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void takesWhatStandsBehindTheBody() {
        // Given
        var scheme = scheme(Map.of("signed", "{body}|{id}", "id-header", "X-Id"));
        var headers = Map.of(
                "X-Signature", hexHmac("HmacSHA256", "key", "a=1&b=2|{timestamp}", new byte[0]), "X-Id", "{timestamp}");

        // When
        var verification = scheme.verify(request(BODY, headers), secrets, NOW);

        // Then
        assertThat(verification).extracting("eventId").isEqualTo("{timestamp}");
    }

    @ParameterizedTest
    @CsvSource({
        "seconds,1760000010",
        "milliseconds,1760000010123",
        "iso,2025-10-09T08:53:30Z",
        "ISO,2025-10-09T10:53:30.5+02:00"
    })
    void readsEachFormOfTimestamp(String format, String timestamp) {
        // Given
        var scheme = timestamped(format);

        // When
        var verification = scheme.verify(timestamped(timestamp, timestamp), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @CsvSource({
        "seconds,1759999709,TOO_OLD",
        "seconds,1760000311,IN_THE_FUTURE",
        "milliseconds,1759999709999,TOO_OLD",
        "iso,2025-10-09T08:48:29Z,TOO_OLD",
        "seconds,2025-10-09T08:53:30Z,BAD_SIGNATURE",
        "milliseconds,-1,BAD_SIGNATURE",
        "iso,1760000010,BAD_SIGNATURE",
        "iso,2025-13-09T08:53:30Z,BAD_SIGNATURE",
        "iso,+1000000000-01-01T00:00:00Z,BAD_SIGNATURE",
        "seconds,99999999999999999999,BAD_SIGNATURE"
    })
    void refusesATimestampThatIsFarOffOrNone(String format, String timestamp, Reason reason) {
        // Given
        var scheme = timestamped(format);

        // When
        var verification = scheme.verify(timestamped(timestamp, timestamp), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(reason));
    }

    @Test
    void refusesAnotherTimestampThanTheSignedOne() {
        // When
        var verification = timestamped("seconds").verify(timestamped("1760000010", "1760000011"), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void takesAnOldTimestampWithTheToleranceOff() {
        // Given
        var scheme = KnownScheme.HMAC.with(new SchemeSettings(
                Optional.empty(),
                Map.of("header", "X-Signature", "signed", "{timestamp}.{body}", "timestamp-header", "X-Time")));

        // When
        var verification = scheme.verify(timestamped("1", "1"), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1=%s", "v1=%s,v1=00", "v1=00,v1=%s", "v1=00 v1=%s", "v2=00, v1=%s"})
    void takesAnyOfSeveralSignatures(String form) {
        // Given
        var signature = form.formatted(hexHmac("HmacSHA256", "key", "", BODY));

        // When
        var verification =
                scheme(Map.of("prefix", "v1=")).verify(request(BODY, Map.of("X-Signature", signature)), secrets, NOW);

        // Then
        assertThat(verification).isInstanceOf(Verified.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", " ", "v1=", "%s", "v2=%s", "v1=%s0", "v1=v1=%s", "v1= %s"})
    void refusesAnotherSignature(String form) {
        // Given
        var signature = form.formatted(hexHmac("HmacSHA256", "key", "", BODY));

        // When
        var verification =
                scheme(Map.of("prefix", "v1=")).verify(request(BODY, Map.of("X-Signature", signature)), secrets, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.BAD_SIGNATURE));
    }

    @Test
    void readsWhatTheSourcesOptionsName() {
        // Given
        var body = """
                {"event":{"id":"evt_1","name":"order.paid"}}""".getBytes(UTF_8);
        var scheme = scheme(Map.of("event-id", "/event/id", "type", "/event/name", "occurred-at", "header:X-Occurred"));
        var headers =
                Map.of("X-Signature", hexHmac("HmacSHA256", "key", "", body), "X-Occurred", "2026-11-20T10:15:30Z");

        // When
        var verification = scheme.verify(request(body, headers), secrets, NOW);

        // Then
        assertThat(verification)
                .isEqualTo(new Verified("evt_1", "order.paid", Mode.LIVE, Instant.parse("2026-11-20T10:15:30Z"), true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "header=;header",
                "header=a b;header",
                "algorithm=md5;sha1, sha256, sha512",
                "encoding=base32;hex, base64",
                "signed=;{body}",
                "signed={timestamp};{body}",
                "signed={timestamp}.{body};timestamp-header",
                "signed={id}.{body};id-header",
                "signed={body}{body};once",
                "signed={nonce}.{body};braces",
                "signed={id}{body};put a dot there",
                "signed={body}{id};put a dot there",
                "signed={timestamp}{id}.{body};put a dot there",
                "timestamp-header=X-Time;{timestamp}",
                "id-header=X-Id;{id}",
                "prefix=v1,;blanks",
                "event-id=id;JSON pointer",
                "type=;JSON pointer",
                "unknown=1;it has header, prefix, algorithm"
            })
    void refusesAnOptionThatCannotBeAndTellsTheMend(String option, String mend) {
        // Given
        var pair = option.split("=", 2);
        var options = new HashMap<>(Map.of("header", "X-Signature"));
        options.put(pair[0], pair[1]);

        // When, Then
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnownScheme.HMAC.with(settings(options)))
                .withMessageContaining("'hmac'")
                .withMessageContaining(mend);
    }

    @Test
    void refusesToGuessTheHeader() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnownScheme.HMAC.with(settings(Map.of())))
                .withMessage(
                        "The scheme 'hmac' needs the option 'header': the name of the header that holds the signature");
    }

    @Test
    void takesTheNamesOfOptionsAsEnvironmentVariablesWriteThem() {
        // When
        var scheme = KnownScheme.HMAC.with(settings(Map.of(
                "HEADER",
                "X-Signature",
                "event.id",
                "/id",
                "timestamp_header",
                "X-Time",
                "signed",
                "{timestamp}{body}")));

        // Then
        assertThat(scheme).isInstanceOf(HmacScheme.class);
    }

    private static SignatureScheme scheme(Map<String, String> options) {
        var all = new HashMap<>(options);
        all.put("header", "X-Signature");
        return KnownScheme.HMAC.with(settings(all));
    }

    private static SignatureScheme timestamped(String format) {
        return scheme(Map.of("signed", "{timestamp}.{body}", "timestamp-header", "X-Time", "timestamp-format", format));
    }

    private static Request timestamped(String signed, String sent) {
        return request(BODY, Map.of("X-Signature", hexHmac("HmacSHA256", "key", signed + ".", BODY), "X-Time", sent));
    }
}
