package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Requests as senders make them, signed by nothing that is under test. */
final class Requests {

    static final Optional<Duration> FIVE_MINUTES = Optional.of(Duration.ofMinutes(5));

    private Requests() {}

    static Request request(String body, Map<String, String> headers) {
        return request(body.getBytes(UTF_8), headers);
    }

    static Request request(byte[] body, Map<String, String> headers) {
        var byName = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        byName.putAll(headers);
        return new Request(name -> Optional.ofNullable(byName.get(name)), Optional.empty(), body);
    }

    static Request withPathSecret(String body, String pathSecret) {
        return new Request(name -> Optional.empty(), Optional.of(pathSecret), body.getBytes(UTF_8));
    }

    static SchemeSettings settings(Map<String, String> options) {
        return new SchemeSettings(FIVE_MINUTES, options);
    }

    static String hexHmac(String algorithm, String key, String start, byte[] body) {
        return HexFormat.of().formatHex(hmac(algorithm, key.getBytes(UTF_8), start, body));
    }

    static String base64Hmac(String algorithm, byte[] key, String start, byte[] body) {
        return Base64.getEncoder().encodeToString(hmac(algorithm, key, start, body));
    }

    private static byte[] hmac(String algorithm, byte[] key, String start, byte[] body) {
        try {
            var mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, algorithm));
            mac.update(start.getBytes(UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
