package dev.slipway.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A request as the bytes of which it is made, so that it can be wrong in any way: no client checks it. Its text is
 * Latin-1: each character is a byte.
 */
final class RawRequest {

    final Sender sender;
    final String eventId;
    String method = "POST";
    String path;
    String version = "HTTP/1.1";
    final List<String> headers = new ArrayList<>(List.of("Host: gateway", "Content-Type: application/json"));

    /** The headers that prove the sender. */
    String proof = "";

    byte[] body;

    /** What stands between head and body is said by these headers, and done by {@link #framed}. */
    List<String> framing = List.of();

    /** The body as it is sent. */
    byte[] framed;

    /** Bytes at the end that are not sent. */
    int cut;

    /** How often the sender pauses. */
    int pauses;

    /** A genuine one, whose body is larger by so many bytes than it must be. */
    RawRequest(Sender sender, String eventId, int size) {
        this.sender = sender;
        this.eventId = eventId;
        this.path = "/webhooks/" + sender.source();
        this.body = sender.body(eventId, size).getBytes(UTF_8);
        signedBody(body);
    }

    /** The name of the header that holds the signature or secret. */
    String signatureHeader() {
        var line = proof.substring(proof.lastIndexOf('\n') + 1);
        return line.substring(0, line.indexOf(':'));
    }

    /** The body, each byte as a character. */
    String text() {
        return new String(body, ISO_8859_1);
    }

    /** Replaces the body, and announces its length; it is not what was signed. */
    void body(byte[] other) {
        body = other;
        frame("Content-Length: " + body.length, body);
    }

    /** Replaces the body, announces its length, and signs it now. */
    void signedBody(byte[] other) {
        body(other);
        sign(Instant.now().getEpochSecond());
    }

    void sign(long epochSecond) {
        sign(Long.toString(epochSecond));
    }

    /** Proves the bytes, whatever they are, by a time, whatever it is. */
    void sign(String time) {
        proof = sender.proof(eventId, time, body);
    }

    void frame(String header, byte[] bytes) {
        framing = List.of(header);
        framed = bytes;
    }

    /** Sends the body in chunks of odd sizes, written in odd ways. */
    void chunk(Random random) {
        var chunks = new ByteArrayOutputStream();
        for (var sent = 0; sent < body.length; ) {
            var size = Math.min(body.length - sent, 1 + random.nextInt(1 + random.nextInt(body.length)));
            var length = Integer.toHexString(size);
            length = random.nextBoolean() ? length.toUpperCase(Locale.ROOT) : length;
            length = "0".repeat(random.nextInt(4)) + length + (random.nextInt(4) == 0 ? ";name=\"value\"" : "");
            chunks.writeBytes(bytes(length + "\r\n"));
            chunks.write(body, sent, size);
            chunks.writeBytes(bytes("\r\n"));
            sent += size;
        }
        chunks.writeBytes(bytes(random.nextInt(4) == 0 ? "0\r\nX-Trailer: 1\r\n\r\n" : "0\r\n\r\n"));
        frame("Transfer-Encoding: chunked", chunks.toByteArray());
    }

    byte[] bytes() {
        var lines = new ArrayList<String>();
        lines.add("%s %s %s".formatted(method, path, version));
        lines.addAll(headers);
        if (!proof.isEmpty()) {
            lines.add(proof);
        }
        lines.addAll(framing);
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(bytes(String.join("\r\n", lines) + "\r\n\r\n"));
        bytes.writeBytes(framed);
        return Arrays.copyOf(bytes.toByteArray(), Math.max(0, bytes.size() - cut));
    }

    static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
