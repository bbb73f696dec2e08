package dev.slipway.probe.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.probe.Target;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpCheckTest {

    private final Target target = new Target();
    private final Checking checking = new Checking();

    @AfterEach
    void end() {
        target.close();
        checking.close();
    }

    @Test
    void passesWhenAllConditionsHoldAndSaysWhatItSaw() throws Exception {
        // When
        var result = checking.get(target.url("/health"), "[STATUS] == 200", "[BODY].status == healthy");

        // Then
        assertThat(result.passed()).isTrue();
        assertThat(result.evidence().summary())
                .matches("GET http://127.0.0.1:\\d+/health answered 200 in \\d+ ms; 2 of 2 conditions hold");
        assertThat(result.evidence().details())
                .contains(
                        entry("status", 200),
                        entry("body", "{\"status\":\"healthy\"}"),
                        entry(
                                "conditions",
                                List.of(
                                        Map.of("condition", "[STATUS] == 200", "satisfied", true, "actual", "200"),
                                        Map.of(
                                                "condition",
                                                "[BODY].status == healthy",
                                                "satisfied",
                                                true,
                                                "actual",
                                                "healthy"))))
                .containsKey("responseTimeMs");
        assertThat(result.responseTime()).isPresent();
        assertThat(checking.meters
                        .timer("slipway.probe.checks", "kind", "http", "outcome", "passed")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void failsWhenAConditionDoesNotHoldAndNamesIt() throws Exception {
        // Given
        target.beSick();

        // When
        var result = checking.get(target.url("/health"), "[STATUS] == 200", "[RESPONSE_TIME] < 4s");

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary())
                .matches(".* answered 503 in \\d+ ms; 1 of 2 conditions hold, not \\[STATUS] == 200 \\(503\\)");
    }

    @ParameterizedTest
    @CsvSource({"200, true", "204, true", "399, true", "400, false", "500, false"})
    void withoutConditionsAStatusBelow400IsExpected(int status, boolean passed) throws Exception {
        // Given
        target.behave(Target.answering(status, ""));

        // When
        var result = checking.get(target.url("/"));

        // Then
        assertThat(result.passed()).isEqualTo(passed);
    }

    @Test
    void sendsMethodHeadersBodyAndQuery() throws Exception {
        // Given
        var call = new HttpCall(
                "post",
                target.url("/webhooks/stripe?a=b%20c"),
                Map.of("Stripe-Signature", "test", "user-agent", "me", "Content-Type", "application/json"),
                Optional.of("{\"type\":\"täst\"}"));

        // When
        checking.call(call, "[STATUS] == 200");

        // Then
        assertThat(target.requests()).singleElement().satisfies(request -> {
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.path()).isEqualTo("/webhooks/stripe?a=b%20c");
            assertThat(request.body()).isEqualTo("{\"type\":\"täst\"}");
            assertThat(request.headers().getFirst("Stripe-Signature")).isEqualTo("test");
            assertThat(request.headers().get("User-Agent")).containsExactly("me");
            assertThat(request.headers().getFirst("Host")).isEqualTo("127.0.0.1:" + target.port());
        });
    }

    @Test
    void doesNotShowTheQueryWhichMayHoldAToken() throws Exception {
        // When
        var result = checking.get(target.url("/health?token=abc"));

        // Then
        assertThat(result.evidence().toString()).contains("/health?…").doesNotContain("abc");
    }

    @Test
    void keepsConnections() throws Exception {
        // When
        for (var i = 0; i < 10; i++) {
            checking.get(target.url("/health"));
        }

        // Then
        // Now and then the next request comes before the connection is back.
        assertThat(target.requests().stream().map(Target.Request::clientPort).distinct())
                .hasSizeLessThan(4);
    }

    @Test
    void asksOnceMoreWhenAKeptConnectionWasClosedMeanwhile() throws Exception {
        // Given
        try (var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
            checking.get(server.url());

            // When
            var result = checking.get(server.url());

            // Then
            assertThat(result.passed()).isTrue();
        }
    }

    @Test
    void failsWhenTheConnectionIsRefused() throws Exception {
        // Given
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }

        // When
        var result = checking.get("http://127.0.0.1:%d/".formatted(port), "[STATUS] == 200", "[CONNECTED] == true");

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.responseTime()).isEmpty();
        assertThat(result.evidence().summary())
                .isEqualTo(
                        "GET http://127.0.0.1:%1$d/: connection refused by 127.0.0.1:%1$d; 0 of 2 conditions hold, not [STATUS] == 200 (no status was received), [CONNECTED] == true (false)"
                                .formatted(port));
        assertThat(result.evidence().details()).containsEntry("reason", "connection refused by 127.0.0.1:" + port);
    }

    @Test
    void passesWhenNoConnectionIsWhatIsExpected() throws Exception {
        // Given
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }

        // When
        var result = checking.get("http://127.0.0.1:%d/".formatted(port), "[CONNECTED] == false");

        // Then
        assertThat(result.passed()).isTrue();
    }

    @Test
    void failsWhenTheAnswerDoesNotComeInTime() throws Exception {
        // Given
        target.hang();
        var check = new Check(
                Optional.of(new HttpCall("GET", target.url("/"), Map.of(), Optional.empty())),
                Optional.empty(),
                List.of("[CONNECTED] == true", "[STATUS] == 200"),
                Duration.ofMillis(200));

        // When
        var result = checking.make(check);

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary()).contains(": timed out after 200ms; 1 of 2 conditions hold");
    }

    @Test
    void failsWhenTheHostIsUnknown() throws Exception {
        // Given
        try (var lost = new Checking(host -> {
            throw new UnknownHostException(host);
        })) {
            // When
            var result = lost.get("http://nowhere.example/");

            // Then
            assertThat(result.evidence().details()).containsEntry("reason", "the host nowhere.example is unknown");
        }
    }

    @Test
    void failsWhenTheLookUpOfTheHostDoesNotComeInTime() throws Exception {
        // Given
        try (var stuck = new Checking(host -> {
            try {
                Thread.currentThread().join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new InetAddress[0];
        })) {
            // When
            var result = stuck.make(new Check(
                    Optional.of(new HttpCall("GET", "http://slow.example/", Map.of(), Optional.empty())),
                    Optional.empty(),
                    List.of(),
                    Duration.ofMillis(150)));

            // Then
            assertThat(result.evidence().details()).containsEntry("reason", "timed out after 150ms");
        }
    }

    @Test
    void triesTheNextAddressWhenOneRefuses() throws Exception {
        // Given
        try (var twofold = new Checking(
                host -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1")})) {
            // When
            var result = twofold.get("http://twofold.example:%d/".formatted(target.port()), "[IP] == 127.0.0.1");

            // Then
            assertThat(result.passed()).isTrue();
            assertThat(target.requests().getFirst().headers().getFirst("Host"))
                    .isEqualTo("twofold.example:" + target.port());
        }
    }

    @Test
    void neverCallsAMetadataAddressWhateverNameItGoesBy() throws Exception {
        // Given
        try (var lured = new Checking(host -> new InetAddress[] {InetAddress.ofLiteral("169.254.169.254")})) {
            // When
            var result = lured.get("http://innocent.example/latest/meta-data/");

            // Then
            assertThat(result.passed()).isFalse();
            assertThat(result.evidence().details())
                    .containsEntry(
                            "reason",
                            "innocent.example is at 169.254.169.254, a link-local or metadata address, which Slipway never calls");
        }
    }

    @Test
    void neverFollowsARedirectToAMetadataAddress() throws Exception {
        // Given
        target.behave(Target.redirecting(302, "http://169.254.169.254/latest/meta-data/"));

        // When
        var result = checking.get(target.url("/"));

        // Then
        assertThat(result.evidence().details().get("reason"))
                .asInstanceOf(STRING)
                .contains("which Slipway never calls");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            HTTP/1.1 200 OK\\r\\nContent-Length: 50\\r\\n\\r\\nonly this | closed the connection before the answer was complete
            ''                                                          | closed the connection before the answer was complete
            SSH-2.0-OpenSSH_9.6\\r\\n\\r\\n                             | did not answer properly
            \\0\\1\\2\\r\\n\\r\\n                                          | closed the connection before the answer was complete
            """)
    void failsWhenTheAnswerIsNone(String answer, String reason) throws Exception {
        // Given
        try (var server = new RawServer(answer.translateEscapes())) {
            // When
            var result = checking.get(server.url());

            // Then
            assertThat(result.passed()).isFalse();
            assertThat(result.evidence().details().get("reason"))
                    .asInstanceOf(STRING)
                    .contains(reason);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            301, POST, GET,  ''
            302, GET,  GET,  ''
            303, POST, GET,  ''
            307, POST, POST, body
            308, POST, POST, body
            301, HEAD, HEAD, ''
            """)
    void followsRedirects(int status, String method, String nextMethod, String nextBody) throws Exception {
        // Given
        target.behave(Target.redirecting(status, "/old", "/new"));
        var body = method.equals("POST") ? Optional.of("body") : Optional.<String>empty();

        // When
        var result = checking.call(new HttpCall(method, target.url("/old"), Map.of("X-Own", "yes"), body));

        // Then
        assertThat(result.passed()).isTrue();
        assertThat(target.requests().getLast()).satisfies(request -> {
            assertThat(request.method()).isEqualTo(nextMethod);
            assertThat(request.path()).isEqualTo("/new");
            assertThat(request.body()).isEqualTo(nextBody);
            assertThat(request.headers().getFirst("X-Own")).isEqualTo("yes");
        });
    }

    @Test
    void takesNoHeadersAlongToAnotherHost() throws Exception {
        // Given
        try (var other = new Target()) {
            target.behave(Target.redirecting(302, other.url("/elsewhere")));

            // When
            checking.call(
                    new HttpCall("GET", target.url("/"), Map.of("Authorization", "Bearer abc"), Optional.empty()));

            // Then
            assertThat(other.requests())
                    .singleElement()
                    .satisfies(request -> assertThat(request.headers()).doesNotContainKey("Authorization"));
        }
    }

    @Test
    void takesNoBodyAlongToAnotherHost() throws Exception {
        // Given
        try (var other = new Target()) {
            target.behave(Target.redirecting(307, other.url("/elsewhere")));

            // When
            var result = checking.call(
                    new HttpCall("POST", target.url("/"), Map.of(), Optional.of("body")), "[STATUS] == 307");

            // Then
            assertThat(result.passed()).isTrue();
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void followsFiveRedirectsAndNoMore() throws Exception {
        // Given
        target.behave(Target.redirecting(302, "/again"));

        // When
        var result = checking.get(target.url("/"));

        // Then
        assertThat(result.evidence().details()).containsEntry("reason", "it redirected more than 5 times");
        assertThat(target.requests()).hasSize(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/", "http://bad host/", "file:///etc/passwd"})
    void failsWhenItIsRedirectedToWhatIsNoWebPage(String location) throws Exception {
        // Given
        target.behave(Target.redirecting(302, location));

        // When
        var result = checking.get(target.url("/"));

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary()).contains("it redirected to where no check goes: ");
    }

    @Test
    void readsABodyUpToTheLimitAndShowsItsBeginning() throws Exception {
        // Given
        target.behave(Target.answering(200, "ä".repeat(100_000)));

        // When
        var result = checking.get(target.url("/"), "len([BODY]) == 32768");

        // Then
        assertThat(result.passed()).isTrue();
        assertThat(result.evidence().details()).containsEntry("body", "ä".repeat(512) + "…");
    }

    @Test
    void doesNotShowABodyThatIsNotText() throws Exception {
        // Given
        target.behave(Target.answering(200, new byte[] {1, 2, 3, (byte) 0xff}));

        // When
        var result = checking.get(target.url("/"));

        // Then
        assertThat(result.evidence().details()).doesNotContainKey("body");
    }

    @Test
    void readsACompressedBody() throws Exception {
        // Given
        target.behave(exchange -> {
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, 0);
            try (var gzip = new GZIPOutputStream(exchange.getResponseBody())) {
                gzip.write("{\"status\":\"healthy\"}".getBytes(StandardCharsets.UTF_8));
            }
        });

        // When
        var result = checking.get(target.url("/"), "[BODY].status == healthy");

        // Then
        assertThat(result.passed()).isTrue();
    }

    @Test
    void putsSecretsIntoHeadersAndBodyAndShowsThemNowhere() throws Exception {
        // Given
        checking.environment.put("SLIPWAY_SECRET_API_KEY", "s3cr3t$1");
        target.behave(exchange -> Target.answering(
                        200,
                        "{\"echo\":\"%s\"}"
                                .formatted(exchange.getRequestHeaders().getFirst("Authorization")))
                .handle(exchange));
        var call = new HttpCall(
                "POST",
                target.url("/"),
                Map.of("Authorization", "Bearer ${secrets.API_KEY}"),
                Optional.of("key=${secrets.API_KEY}&other=${other}"));

        // When
        var result = checking.call(call, "[BODY].echo == none");

        // Then
        assertThat(target.requests()).singleElement().satisfies(request -> {
            assertThat(request.headers().getFirst("Authorization")).isEqualTo("Bearer s3cr3t$1");
            assertThat(request.body()).isEqualTo("key=s3cr3t$1&other=${other}");
        });
        assertThat(result.evidence().toString()).contains("Bearer ***").doesNotContain("s3cr3t");
    }

    @Test
    void failsWhenASecretIsMissingAndSaysHowToSetIt() throws Exception {
        // Given
        var call =
                new HttpCall("GET", target.url("/"), Map.of("Authorization", "${secrets.API_KEY}"), Optional.empty());

        // When
        var result = checking.call(call);

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary())
                .endsWith(
                        "was not called: the secret API_KEY is not set; set the environment variable SLIPWAY_SECRET_API_KEY of health-probe");
        assertThat(target.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ftp://example.org/           | must begin with http:// or https://
            example.org/health           | must begin with http:// or https://
            http:///health               | has no valid host
            http://bad host/             | is malformed
            http://under_score:x/        | has no valid host
            http://me:pass@example.org/  | holds credentials
            http://example.org/${vars.x} | is malformed
            """)
    void failsWhenTheUrlCannotBeCalled(String url, String reason) throws Exception {
        // When
        var result = checking.get(url);

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary()).contains(reason);
    }

    @Test
    void failsWhenAHeaderCannotBeSent() throws Exception {
        // Given
        checking.environment.put("SLIPWAY_SECRET_KEY", "two\nlines");

        // When
        var result = checking.call(
                new HttpCall("GET", target.url("/"), Map.of("X-Key", "${secrets.KEY}"), Optional.empty()));

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary())
                .contains("did not answer properly")
                .doesNotContain("lines");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [STATUZ] == 200 | PT5S | did you mean [STATUS]?
            [STATUS] == 200 | PT0S | its time-out must be at least 1ms
            """)
    void failsWhenTheCheckItselfIsWrong(String condition, Duration timeout, String reason) throws Exception {
        // Given
        var check = new Check(
                Optional.of(new HttpCall("GET", target.url("/"), Map.of(), Optional.empty())),
                Optional.empty(),
                List.of(condition),
                timeout);

        // When
        var result = checking.make(check);

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary())
                .startsWith("The check cannot be made: ")
                .contains(reason);
    }

    @Test
    void failsWhenThereIsNothingToCheck() throws Exception {
        // When
        var result = checking.make(new Check(Optional.empty(), Optional.empty(), List.of(), Duration.ofSeconds(1)));

        // Then
        assertThat(result.evidence().summary()).isEqualTo("The check cannot be made: it must have either http or tls");
    }

    @Test
    void manyChecksOfAHangingHostDoNotHoldUpOthers() throws Exception {
        // Given
        target.hang();
        var slow = new Check(
                Optional.of(new HttpCall("GET", target.url("/"), Map.of(), Optional.empty())),
                Optional.empty(),
                List.of(),
                Duration.ofSeconds(2));
        try (var healthy = new Target();
                var others = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var i = 0; i < 200; i++) {
                others.submit(() -> checking.make(slow));
            }

            // When
            var result = checking.get(healthy.url("/health"), "[RESPONSE_TIME] < 1500");

            // Then
            assertThat(result.passed()).isTrue();
        }
    }
}
