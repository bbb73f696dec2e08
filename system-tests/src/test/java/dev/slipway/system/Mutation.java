package dev.slipway.system;

import static dev.slipway.system.Mutation.Ending.CUT;
import static dev.slipway.system.Mutation.Ending.RESET;
import static dev.slipway.system.Mutation.Ending.WAIT;
import static dev.slipway.system.Mutation.Fate.EITHER;
import static dev.slipway.system.Mutation.Fate.REFUSED;
import static dev.slipway.system.Mutation.Fate.STORED;
import static dev.slipway.system.RawRequest.bytes;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/** What can happen to a genuine request on its way, or be sent by whoever means harm. */
enum Mutation {
    UNCHANGED(STORED, (it, random) -> {}),
    LONG_HEADER(STORED, (it, random) -> it.headers.add("X-Long: " + "\u00e9~".repeat(random.nextInt(2_400)))),
    REPEATED_HEADERS(STORED, (it, random) -> {
        it.headers.addAll(List.of("User-Agent: one", "User-Agent: other", "Content-Type: text/plain"));
        Collections.shuffle(it.headers, random);
    }),
    NAME_IN_ODD_CASE(STORED, (it, random) -> it.proof = inOddCase(it.proof)),
    NO_CONTENT_TYPE(STORED, (it, random) -> it.headers.removeIf(header -> header.startsWith("Content"))),
    CLAIMED_ENCODING(STORED, (it, random) -> it.headers.add("Content-Encoding: " + word(random, "gzip br identity x"))),
    QUERY(STORED, (it, random) -> it.path += word(random, "? ?a=1 ?a ?? ?a=%00&a=/ ?a[]=&&=")),
    CHUNKS(STORED, RawRequest::chunk),
    PIECES(STORED, (it, random) -> it.pauses = 1 + random.nextInt(10)),
    EXPECTATION(STORED, (it, random) -> it.headers.add("Expect: 100-continue")),
    FURTHER_SIGNATURES(STORED, Sender.LISTING, (it, random) -> {
        it.proof = it.proof.replace(",v1=", word(random, ",v0=00,v1= ,v1=00,v1= ,,v2=x,v1= ,v1=,v1="));
        it.proof += word(random, ",v1=ff , ,v0 ,v1=\u00e9");
    }),
    TIME_WITHIN_TOLERANCE(STORED, (it, random) -> it.sign(now() - 280 + random.nextInt(560))),
    FOREIGN_TRACE(STORED, (it, random) -> it.headers.add("traceparent: " + word(random, """
            00 00-0-0-0 \u00ff 00-00000000000000000000000000000000-0000000000000000-00"""))),
    ODD_EVENT(EITHER, Sender.NAMING, (it, random) -> {
        var odd = oneOf(
                random,
                "\"n\":1e999",
                "\"n\":" + "9".repeat(2_000),
                "\"deep\":" + "[".repeat(150) + "]".repeat(150),
                "\"deep\":" + "{\"a\":".repeat(400) + "1" + "}".repeat(400),
                "\"id\":\"evt_second\"",
                "\"text\":\"\\ud800\\u0000\"",
                "\"text\":\"\u00ff\u00fe\"",
                "\"" + "k".repeat(60_000) + "\":1",
                "\"data\":[]",
                "\"created\":1.5");
        var mark = oneOf(random, "", "", "", "\u00ef\u00bb\u00bf");
        it.signedBody(bytes(mark + "{" + odd + "," + it.text().substring(1)));
    }),

    FLIPPED_BITS(REFUSED, Sender.SIGNING, (it, random) -> {
        it.body[random.nextInt(it.body.length)] ^= (byte) (1 << random.nextInt(8));
        // Twice the same bit is none.
        it.body[0] = '[';
    }),
    OTHER_LENGTH(
            REFUSED,
            Sender.SIGNING,
            (it, random) -> it.body(Arrays.copyOf(it.body, it.body.length + oneOf(random, -9, -1, 1, 9)))),
    OTHER_SIGNATURE(REFUSED, (it, random) -> {
        var at = it.proof.length() - 1 - random.nextInt(it.sender.signatureLength());
        // None of these may be what stood there, or the request would stay genuine.
        var other =
                oneOf(random, "", "~", "\u00e9", "\t", "\0", "\u007f", "00", it.proof.charAt(at) == '0' ? "1" : "0");
        it.proof = it.proof.substring(0, at) + other + it.proof.substring(at + 1);
    }),
    NO_SIGNATURE(REFUSED, (it, random) -> it.proof = it.signatureHeader() + word(random, ": :t=,v1= -X:x")),
    ENDLESS_SIGNATURES(
            REFUSED,
            Sender.LISTING,
            (it, random) -> it.proof = "%s: t=%d%s".formatted(it.signatureHeader(), now(), ",v1=00".repeat(2_500))),
    TIME_OUT_OF_TOLERANCE(
            REFUSED,
            Sender.TIMED,
            (it, random) -> it.sign(now() + (random.nextBoolean() ? 1 : -1) * (320L + random.nextInt(2_000_000_000)))),
    ODD_TIME(
            REFUSED,
            Sender.TIMED,
            (it, random) -> it.sign(word(random, "-1 0 1e9 0x1 NaN + " + "9".repeat(40) + " +" + now()))),
    NO_EVENT(
            REFUSED,
            Set.of(Sender.STRIPE),
            (it, random) -> it.signedBody(bytes(oneOf(
                    random,
                    "",
                    "null",
                    "[]",
                    "{}",
                    "\"event\"",
                    it.text() + "}",
                    it.text().replace('"', '\''),
                    it.text().replace("\"event\"", "\"charge\""),
                    it.text().replace("evt_", "evt " + "x".repeat(300)),
                    it.text().replace("evt_", "\\u0000"),
                    it.text().replace("invoice.paid", "\u00e9"),
                    it.text().replace("1760000000", "99999999999999999999"),
                    it.text().replace("1760000000", "\"yesterday\""),
                    "[".repeat(50_000) + "]".repeat(50_000),
                    "{\"a\":".repeat(50_000),
                    "\"" + "\\".repeat(1_001),
                    "9".repeat(100_000))))),
    COMPRESSED(REFUSED, Sender.SIGNING_JSON, (it, random) -> {
        if (random.nextBoolean()) {
            it.body(gzip(it.body));
        } else {
            it.signedBody(gzip(it.body));
        }
        it.headers.add("Content-Encoding: gzip");
    }),
    OTHER_METHOD(
            REFUSED,
            (it, random) ->
                    it.method = word(random, "GET PUT PATCH DELETE OPTIONS TRACE CONNECT post POS P\u00d6ST _")),
    OTHER_PATH(
            EITHER,
            (it, random) -> it.path = word(random, """
            * / // /webhooks /webhooks/ /webhooks/. /webhooks/.. /webhooks//stripe //webhooks/stripe /webhooks/stripe/
            /webhooks/stripe/secret /webhooks/stripe/a/b /webhooks/Stripe /webhooks/%73tripe /webhooks/stripe%2f
            /webhooks%2fstripe /webhooks/%2e%2e/webhooks/stripe /webhooks/../webhooks/stripe /webhooks/stripe%00
            /webhooks/\0 /webhooks/% /webhooks/%z /webhooks/%zz /webhooks/%c3%28 /webhooks/\u00ff /webhooks/stripe;a=b
            /webhooks/stripe#a /webhooks/stripe?a=%zz /webhooks/stripe?% /webhooks/stripe?\0 http://[/webhooks/stripe
            http://elsewhere/webhooks/stripe elsewhere:80""").replace("stripe", it.sender.source())
                    + "../".repeat(oneOf(random, 0, 0, 1_000, 10_000))),
    ODD_LENGTH(
            EITHER,
            Sender.SIGNING,
            (it, random) -> it.frame(
                    "Content-Length: " + word(random, "-1 +5 0x10 1e3 5,5 a \u00b2 " + "9".repeat(30)), it.body)),
    TWO_LENGTHS(
            EITHER,
            Sender.SIGNING,
            (it, random) -> it.framing =
                    List.of("Content-Length: " + it.body.length, "Content-Length: " + word(random, "0 5 99 -1"))),
    LENGTH_TOO_SMALL(
            REFUSED,
            Sender.SIGNING,
            (it, random) -> it.frame("Content-Length: " + random.nextInt(it.body.length), it.body)),
    LENGTH_TOO_LARGE(
            REFUSED,
            CUT,
            (it, random) -> it.frame("Content-Length: " + (it.body.length + 1 + random.nextInt(1_000)), it.body)),
    TOO_LARGE(
            REFUSED,
            CUT,
            (it, random) -> it.frame(
                    "Content-Length: " + (1_048_577 + (random.nextLong() >>> (1 + random.nextInt(40)))), it.body)),
    GROWING_TOO_LARGE(REFUSED, Sender.SIGNING_JSON, (it, random) -> {
        // Seldom, because it costs as much as a thousand others.
        it.signedBody(new byte[random.nextInt(20) == 0 ? 1_200_000 : 2_000]);
        it.chunk(random);
    }),
    SMUGGLED(EITHER, Sender.SIGNING, (it, random) -> {
        if (random.nextBoolean()) {
            it.chunk(random);
        }
        it.framing = List.of(
                "Content-Length: " + random.nextInt(it.framed.length),
                "Transfer-Encoding"
                        + oneOf(
                                random,
                                ": chunked",
                                " : chunked",
                                ":\tchunked",
                                ": xchunked",
                                ": chunked, identity",
                                ": gzip, chunked",
                                ": chunked\u000b",
                                ": chunked\r\nTransfer-Encoding: identity",
                                "\r\n: chunked"));
        it.framed = bytes(new String(it.framed, ISO_8859_1)
                + "0\r\n\r\nPOST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    }),
    ODD_CHUNKS(
            EITHER,
            Sender.SIGNING,
            (it, random) -> it.frame(
                    "Transfer-Encoding: chunked",
                    bytes(word(random, "g -1 +5 0x5 fffffffffffffffff 7fffffff \u00ff 5;" + "x".repeat(10_000))
                            + oneOf(random, "", "\r\n", "\n")
                            + it.text()))),
    ODD_LINE(EITHER, (it, random) -> it.version = word(random, """
            HTTP/1.0 HTTP/0.9 HTTP/1.2 HTTP/2.0 HTTP/9.9 HTTP/11 http/1.1 ICAP/1.0 \u00ff HTTP/1.""" + "1".repeat(5_000))),
    GARBAGE(REFUSED, CUT, (it, random) -> {
        var garbage = new byte[1 + random.nextInt(500)];
        random.nextBytes(garbage);
        it.method = oneOf(random, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u0016\u0003\u0001\u0002", "\r\n\r\n", "")
                + new String(garbage, ISO_8859_1);
        it.proof = "";
    }),
    ODD_HEADERS(EITHER, (it, random) -> {
        it.headers.add(oneOf(
                random,
                "no colon",
                ": no name",
                "X Y: blank",
                "X\0: nul",
                "X: nul\0",
                "X: one\n Y: line feed",
                "X: one\r\n folded",
                "X\u00ff: name",
                "X" + "y".repeat(30_000) + ": name",
                "X: " + "y".repeat(100_000),
                "X: y\r\n".repeat(2_000) + "X: y",
                "Host: second",
                it.signatureHeader() + ": t=1,v1=00",
                "Connection: close, upgrade, \u00ff",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
                "Expect: the unexpected"));
        Collections.shuffle(it.headers, random);
    }),

    CUT_HEAD(REFUSED, CUT, (it, random) -> it.cut = it.framed.length + 1 + random.nextInt(200)),
    CUT_BODY(REFUSED, CUT, (it, random) -> it.cut = 1 + random.nextInt(it.framed.length)),
    RESET_BODY(REFUSED, RESET, (it, random) -> it.cut = 1 + random.nextInt(it.framed.length)),
    RESET_BEFORE_THE_ANSWER(EITHER, RESET, (it, random) -> {}),
    HALF_CLOSED_BEFORE_THE_ANSWER(EITHER, CUT, (it, random) -> {});

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

    /** Each line's name of a header, and what separates it from the value. */
    private static final Pattern NAME = Pattern.compile("^([^:]+): ", Pattern.MULTILINE);

    final Fate fate;
    final Ending ending;

    /** Of the senders those whose requests have this fate then. */
    private final List<Sender> senders;

    private final BiConsumer<RawRequest, Random> change;

    Mutation(Fate fate, BiConsumer<RawRequest, Random> change) {
        this(fate, WAIT, Sender.ALL, change);
    }

    Mutation(Fate fate, Ending ending, BiConsumer<RawRequest, Random> change) {
        this(fate, ending, Sender.ALL, change);
    }

    Mutation(Fate fate, Set<Sender> senders, BiConsumer<RawRequest, Random> change) {
        this(fate, WAIT, senders, change);
    }

    Mutation(Fate fate, Ending ending, Set<Sender> senders, BiConsumer<RawRequest, Random> change) {
        this.fate = fate;
        this.ending = ending;
        this.senders = List.copyOf(senders);
        this.change = change;
    }

    /** A mutated request that tells of an event. */
    RawRequest request(String eventId, Random random) {
        var sender = senders.get(random.nextInt(senders.size()));
        var request = new RawRequest(sender, eventId, random.nextInt(500));
        change.accept(request, random);
        return request;
    }

    /** The request's lines with the names of their headers in capitals, and more space than there need be. */
    private static String inOddCase(String proof) {
        return NAME.matcher(proof).replaceAll(name -> name.group(1).toUpperCase(Locale.ROOT) + ": \t") + "  ";
    }

    private static long now() {
        return Instant.now().getEpochSecond();
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

    /** One of the words between blanks, and ends of lines. */
    private static String word(Random random, String words) {
        return oneOf(random, words.split("[ \n]"));
    }

    @SafeVarargs
    private static <T> T oneOf(Random random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
