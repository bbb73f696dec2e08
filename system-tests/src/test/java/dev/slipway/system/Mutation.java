package dev.slipway.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What can happen to a genuine request on its way, or be sent by whoever means harm. */
enum Mutation {
    UNCHANGED(Fate.STORED, (request, random) -> {}),
    UNKNOWN_HEADERS(Fate.STORED, (request, random) -> {
        for (var i = random.nextInt(20); i >= 0; i--) {
            request.headers.add("X-%d: %s".formatted(i, visible(random, random.nextInt(200))));
        }
    }),
    LONG_HEADER(
            Fate.STORED,
            (request, random) -> request.headers.add("X-Long: " + visible(random, random.nextInt(10_000)))),
    REPEATED_HEADERS(Fate.STORED, (request, random) -> {
        request.headers.addAll(List.of("User-Agent: one", "User-Agent: other", "Content-Type: text/plain"));
        Collections.shuffle(request.headers, random);
    }),
    NAME_IN_ODD_CASE(
            Fate.STORED,
            (request, random) -> request.proof = request.proof
                    .replaceFirst(
                            "Stripe-Signature: ", random.nextBoolean() ? "sTRIPE-sIGNATURE:" : "stripe-signature: \t")
                    .concat(" ".repeat(random.nextInt(3)))),
    NO_CONTENT_TYPE(Fate.STORED, (request, random) -> request.headers.removeIf(header -> header.startsWith("Content"))),
    CLAIMED_ENCODING(
            Fate.STORED,
            (request, random) ->
                    request.headers.add("Content-Encoding: " + oneOf(random, "gzip", "br", "identity", "x"))),
    QUERY(
            Fate.STORED,
            (request, random) -> request.path += "?" + oneOf(random, "a=1", "a", "?", "a=%00&a=/", "a[]=&&=")),
    CHUNKS(Fate.STORED, RawRequest::chunk),
    PIECES(Fate.STORED, (request, random) -> request.pauses = 1 + random.nextInt(10)),
    EXPECTATION(Fate.STORED, (request, random) -> request.headers.add("Expect: 100-continue")),
    FURTHER_SIGNATURES(
            Fate.STORED,
            (request, random) -> request.proof = request.proof
                    .replace(",v1=", oneOf(random, ",v0=00,v1=", ",v1=00,v1=", ", v1=,v1=", ",,v2=x,v1="))
                    .concat(oneOf(random, "", ",v1=ff", ",", ",v0", ",v1=é"))),
    TIME_WITHIN_TOLERANCE(
            Fate.STORED, (request, random) -> sign(request, Long.toString(now() - 280 + random.nextInt(560)))),
    FOREIGN_TRACE(
            Fate.STORED,
            (request, random) -> request.headers.add("traceparent: "
                    + oneOf(
                            random,
                            "",
                            "00",
                            "00-0-0-0",
                            "00-" + "0".repeat(32) + "-" + "0".repeat(16) + "-00",
                            "\u00ff"))),
    ODD_EVENT(Fate.EITHER, (request, random) -> {
        var odd = oneOf(
                random,
                "\"n\":1e999",
                "\"n\":" + "9".repeat(2_000),
                "\"n\":-0.0e-99999",
                "\"deep\":" + "[".repeat(150) + "]".repeat(150),
                "\"deep\":" + "{\"a\":".repeat(400) + "1" + "}".repeat(400),
                "\"twice\":1,\"twice\":2",
                "\"type\":\"second.type\"",
                "\"id\":\"evt_second\"",
                "\"text\":\"\\ud800\"",
                "\"text\":\"\\u0000\"",
                "\"text\":\"\u00ff\u00fe\"",
                "\"" + "k".repeat(60_000) + "\":1",
                "\"api_version\":7",
                "\"data\":null",
                "\"data\":[]",
                "\"created\":1.5");
        var mark = random.nextInt(8) == 0 ? "\u00ef\u00bb\u00bf" : "";
        body(
                request,
                RawRequest.bytes(mark + text(request).replaceFirst("\\{", "{" + odd.replace("\\", "\\\\") + ",")));
    }),

    FLIPPED_BITS(Fate.REFUSED, (request, random) -> {
        for (var i = random.nextInt(3); i >= 0; i--) {
            request.body[random.nextInt(request.body.length)] ^= (byte) (1 << random.nextInt(8));
        }
        // Twice the same bit is none.
        request.body[0] = '[';
    }),
    SHORTER_BODY(
            Fate.REFUSED,
            (request, random) -> request.body(Arrays.copyOf(request.body, random.nextInt(request.body.length)))),
    LONGER_BODY(
            Fate.REFUSED,
            (request, random) ->
                    request.body(Arrays.copyOf(request.body, request.body.length + 1 + random.nextInt(9)))),
    OTHER_SIGNATURE(Fate.REFUSED, (request, random) -> {
        var at = request.proof.length() - 1 - random.nextInt(64);
        var other = oneOf(random, "", "g", "é", "\t", "00", request.proof.charAt(at) == '0' ? "1" : "0");
        request.proof = request.proof.substring(0, at) + other + request.proof.substring(at + 1);
    }),
    NO_SIGNATURE(
            Fate.REFUSED,
            (request, random) -> request.proof = oneOf(
                    random,
                    "",
                    "Stripe-Signature:",
                    "Stripe-Signature: test",
                    "Stripe-Signature: t=,v1=",
                    "Signature: x")),
    ENDLESS_SIGNATURES(
            Fate.REFUSED,
            (request, random) -> request.proof = "Stripe-Signature: t=%d%s".formatted(now(), ",v1=00".repeat(2_500))),
    CONTROLS_IN_SIGNATURE(
            Fate.REFUSED,
            (request, random) -> request.proof = request.proof.replace(
                    "v1=",
                    "v1=" + (char) oneOf(random, 0, 1, 7, 11, 12, 27, 127).intValue())),
    TIME_OUT_OF_TOLERANCE(
            Fate.REFUSED,
            (request, random) -> sign(
                    request,
                    Long.toString(
                            now() + (random.nextBoolean() ? 1 : -1) * (320 + (long) random.nextInt(2_000_000_000))))),
    ODD_TIME(
            Fate.REFUSED,
            (request, random) -> sign(
                    request,
                    oneOf(
                            random,
                            "",
                            "-1",
                            "0",
                            "1e9",
                            "0x1",
                            "NaN",
                            " ",
                            "9".repeat(1 + random.nextInt(40)),
                            "+" + now()))),
    NO_EVENT(Fate.REFUSED, (request, random) -> body(request, noEvent(request, random))),
    COMPRESSED(Fate.REFUSED, (request, random) -> {
        request.body(gzip(request.body));
        request.headers.add("Content-Encoding: gzip");
    }),
    COMPRESSED_AND_SIGNED(Fate.REFUSED, (request, random) -> {
        body(request, gzip(request.body));
        request.headers.add("Content-Encoding: gzip");
    }),
    OTHER_METHOD(
            Fate.REFUSED,
            (request, random) -> request.method = oneOf(
                    random,
                    "GET",
                    "HEAD",
                    "PUT",
                    "PATCH",
                    "DELETE",
                    "OPTIONS",
                    "TRACE",
                    "CONNECT",
                    "post",
                    "POS",
                    "P\u00d6ST",
                    "_")),
    OTHER_PATH(
            Fate.EITHER,
            (request, random) -> request.path = oneOf(
                    random,
                    "*",
                    "/",
                    "//",
                    "/webhooks",
                    "/webhooks/",
                    "/webhooks/.",
                    "/webhooks/..",
                    "/webhooks//stripe",
                    "//webhooks/stripe",
                    "/webhooks/stripe/",
                    "/webhooks/stripe//",
                    "/webhooks/stripe/secret",
                    "/webhooks/stripe/a/b",
                    "/webhooks/Stripe",
                    "/webhooks/%73tripe",
                    "/webhooks/stripe%2f",
                    "/webhooks%2fstripe",
                    "/webhooks/%2e%2e/webhooks/stripe",
                    "/webhooks/../webhooks/stripe",
                    "/webhooks/stripe%00",
                    "/webhooks/\0",
                    "/webhooks/%",
                    "/webhooks/%z",
                    "/webhooks/%zz",
                    "/webhooks/%c3%28",
                    "/webhooks/\u00ff",
                    "/webhooks/stripe;a=b",
                    "/webhooks/stripe#a",
                    "/webhooks/stripe?a=%zz",
                    "/webhooks/stripe?%",
                    "/webhooks/stripe?\0",
                    "/webhooks/" + "a".repeat(3_000),
                    "/webhooks/" + "a".repeat(30_000),
                    "/webhooks/" + "../".repeat(1_000),
                    "http://elsewhere/webhooks/stripe",
                    "http://[/webhooks/stripe",
                    "elsewhere:80")),
    ODD_LENGTH(
            Fate.EITHER,
            (request, random) -> request.frame(
                    "Content-Length: "
                            + oneOf(
                                    random,
                                    "",
                                    "-1",
                                    "+5",
                                    "0x10",
                                    "1e3",
                                    "5 ",
                                    "5,5",
                                    "5, 6",
                                    "a",
                                    "\u00b2",
                                    "9".repeat(30)),
                    request.body)),
    TWO_LENGTHS(
            Fate.EITHER,
            (request, random) -> request.framing = List.of(
                    "Content-Length: " + request.body.length,
                    "Content-Length: " + oneOf(random, "0", "5", "99", "-1"))),
    LENGTH_TOO_SMALL(
            Fate.REFUSED,
            (request, random) -> request.frame("Content-Length: " + random.nextInt(request.body.length), request.body)),
    LENGTH_TOO_LARGE(
            Fate.REFUSED,
            Ending.CUT,
            (request, random) -> request.frame(
                    "Content-Length: " + (request.body.length + 1 + random.nextInt(1_000)), request.body)),
    TOO_LARGE(
            Fate.REFUSED,
            Ending.CUT,
            (request, random) -> request.frame(
                    "Content-Length: " + (1_048_577 + (random.nextLong() >>> (1 + random.nextInt(40)))), request.body)),
    GROWING_TOO_LARGE(Fate.REFUSED, (request, random) -> {
        // Seldom, because it costs as much as a thousand others.
        body(request, new byte[random.nextInt(20) == 0 ? 1_200_000 : 2_000]);
        request.chunk(random);
    }),
    SMUGGLED(Fate.EITHER, (request, random) -> {
        var smuggled =
                RawRequest.bytes("0\r\n\r\nPOST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        if (random.nextBoolean()) {
            request.chunk(random);
        }
        request.framing = shuffled(
                random,
                "Content-Length: " + random.nextInt(request.framed.length),
                oneOf(
                        random,
                        "Transfer-Encoding: chunked",
                        "Transfer-Encoding : chunked",
                        "Transfer-Encoding:\tchunked",
                        "Transfer-Encoding: xchunked",
                        "Transfer-Encoding: chunked, identity",
                        "Transfer-Encoding: identity, chunked",
                        "Transfer-Encoding: gzip, chunked",
                        "Transfer-Encoding: chunked\u000b",
                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                        "X: x\nTransfer-Encoding: chunked",
                        "Transfer-Encoding\r\n: chunked"));
        request.framed = concat(request.framed, smuggled);
    }),
    ODD_CHUNKS(
            Fate.EITHER,
            (request, random) -> request.frame(
                    "Transfer-Encoding: chunked",
                    concat(
                            RawRequest.bytes(oneOf(
                                    random,
                                    "",
                                    "\r\n",
                                    "g\r\n",
                                    "-1\r\n",
                                    "+5\r\n",
                                    "0x5\r\n",
                                    "fffffffffffffffff\r\n",
                                    "7fffffff\r\n",
                                    "5",
                                    "5;" + "x".repeat(10_000) + "\r\n",
                                    "5\n",
                                    " 5\r\n",
                                    "\u00ff\r\n")),
                            request.body))),
    ODD_LINE(
            Fate.EITHER,
            (request, random) -> request.version = oneOf(
                    random,
                    "",
                    "HTTP/1.0",
                    "HTTP/0.9",
                    "HTTP/1.2",
                    "HTTP/2.0",
                    "HTTP/9.9",
                    "HTTP/11",
                    "http/1.1",
                    "HTTP/1.1 x",
                    "ICAP/1.0",
                    "\u00ff",
                    "HTTP/1." + "1".repeat(5_000))),
    GARBAGE(Fate.REFUSED, Ending.CUT, (request, random) -> {
        var garbage = new byte[1 + random.nextInt(500)];
        random.nextBytes(garbage);
        request.method = oneOf(random, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u0016\u0003\u0001\u0002", "\r\n\r\n", "")
                + new String(garbage, ISO_8859_1);
        request.proof = "";
    }),
    ODD_HEADERS(Fate.EITHER, (request, random) -> {
        request.headers.add(oneOf(
                random,
                "no colon",
                ": no name",
                "X Y: blank",
                "X\0: nul",
                "X: nul\0",
                "X: bell\u0007",
                "X: one\n Y: line feed",
                "X: one\r Y: return",
                "X: one\r\n folded",
                "X\u00ff: name",
                "X" + "y".repeat(30_000) + ": name",
                "X: " + "y".repeat(100_000),
                "Host: second",
                "Connection: close, upgrade, \u00ff",
                "Expect: the unexpected",
                "Cookie: " + "a=b;".repeat(1_000)));
        Collections.shuffle(request.headers, random);
    }),
    MANY_HEADERS(Fate.EITHER, (request, random) -> {
        for (var i = 0; i < 2_000; i++) {
            request.headers.add("X-%d: %d".formatted(i, i));
        }
    }),
    UPGRADE(
            Fate.EITHER,
            (request, random) -> request.headers.addAll(
                    random.nextBoolean()
                            ? List.of(
                                    "Connection: Upgrade, HTTP2-Settings",
                                    "Upgrade: h2c",
                                    "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
                            : List.of(
                                    "Connection: Upgrade",
                                    "Upgrade: websocket",
                                    "Sec-WebSocket-Version: 13",
                                    "Sec-WebSocket-Key: x"))),
    SIGNED_TWICE(
            Fate.EITHER,
            (request, random) ->
                    request.headers.add(random.nextInt(request.headers.size()), "Stripe-Signature: t=1,v1=00")),

    CUT_HEAD(
            Fate.REFUSED,
            Ending.CUT,
            (request, random) -> request.cut = request.framed.length + 1 + random.nextInt(200)),
    CUT_BODY(Fate.REFUSED, Ending.CUT, (request, random) -> request.cut = 1 + random.nextInt(request.framed.length)),
    RESET_BODY(
            Fate.REFUSED, Ending.RESET, (request, random) -> request.cut = 1 + random.nextInt(request.framed.length)),
    RESET_BEFORE_THE_ANSWER(Fate.EITHER, Ending.RESET, (request, random) -> {}),
    HALF_CLOSED_BEFORE_THE_ANSWER(Fate.EITHER, Ending.CUT, (request, random) -> {});

    /** What must become of it. */
    enum Fate {
        /** It is genuine still: 200, and a row. */
        STORED,
        /** It must not have an effect: 4xx or no answer, and no row. */
        REFUSED,
        /** Either of the two, as long as answer and row agree. */
        EITHER
    }

    /** What the sender does when it has sent all. */
    enum Ending {
        /** It waits for the answer. */
        WAIT,
        /** It closes its side, and waits for what still comes. */
        CUT,
        /** It resets the connection. */
        RESET
    }

    final Fate fate;
    final Ending ending;
    private final BiConsumer<RawRequest, Random> change;

    Mutation(Fate fate, BiConsumer<RawRequest, Random> change) {
        this(fate, Ending.WAIT, change);
    }

    Mutation(Fate fate, Ending ending, BiConsumer<RawRequest, Random> change) {
        this.fate = fate;
        this.ending = ending;
        this.change = change;
    }

    /** A mutated request that tells of an event. */
    RawRequest request(String eventId, Random random) {
        var body = StripeSender.body(eventId, random.nextInt(500)).getBytes(UTF_8);
        var request = new RawRequest("/webhooks/stripe", "", body);
        sign(request, Long.toString(now()));
        change.accept(request, random);
        return request;
    }

    private static void body(RawRequest request, byte[] body) {
        request.body(body);
        sign(request, Long.toString(now()));
    }

    /** Signs the bytes, whatever they are, by a time, whatever it is; Stripe's library takes neither. */
    private static void sign(RawRequest request, String time) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(GatewaySystem.STRIPE_SECRET.getBytes(UTF_8), "HmacSHA256"));
            mac.update((time + ".").getBytes(UTF_8));
            var signature = HexFormat.of().formatHex(mac.doFinal(request.body));
            request.proof = "Stripe-Signature: t=%s,v1=%s".formatted(time, signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }

    private static String text(RawRequest request) {
        return new String(request.body, ISO_8859_1);
    }

    private static byte[] noEvent(RawRequest request, Random random) {
        return oneOf(
                        random,
                        "",
                        "{",
                        "0",
                        "null",
                        "[]",
                        "{}",
                        "\"event\"",
                        text(request) + "}",
                        text(request) + text(request),
                        text(request).replace('"', '\''),
                        text(request).replace("\"event\"", "\"charge\""),
                        text(request).replace("evt_", "evt " + "x".repeat(300)),
                        text(request).replace("evt_", "\\u0000"),
                        text(request).replace("evt_", "\\n"),
                        text(request).replace("invoice.paid", "é"),
                        text(request).replace("1760000000", "99999999999999999999"),
                        text(request).replace("1760000000", "\"yesterday\""),
                        "[".repeat(100_000),
                        "[".repeat(50_000) + "]".repeat(50_000),
                        "{\"a\":".repeat(50_000),
                        "{\"object\":" + "[".repeat(100_000),
                        "\"" + "\\".repeat(1_001),
                        "9".repeat(100_000))
                .getBytes(UTF_8);
    }

    private static byte[] gzip(byte[] bytes) {
        try (var compressed = new ByteArrayOutputStream()) {
            try (var gzip = new GZIPOutputStream(compressed)) {
                gzip.write(bytes);
            }
            return compressed.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Characters that may stand in a header's value. */
    private static String visible(Random random, int length) {
        return IntStream.range(0, length)
                .map(i -> random.nextInt(8) == 0 ? 0xa0 + random.nextInt(0x60) : '!' + random.nextInt('~' - '!'))
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    private static List<String> shuffled(Random random, String... lines) {
        var shuffled = new ArrayList<>(List.of(lines));
        Collections.shuffle(shuffled, random);
        return shuffled;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        var all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @SafeVarargs
    private static <T> T oneOf(Random random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
