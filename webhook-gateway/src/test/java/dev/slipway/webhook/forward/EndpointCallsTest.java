package dev.slipway.webhook.forward;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import dev.slipway.webhook.forward.EndpointAddresses.Resolver;
import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointCallsTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration SHORT = Duration.ofMillis(500);

    @TempDir
    Path folder;

    @RegisterExtension
    static final WireMockExtension APPLICATION = WireMockExtension.newInstance()
            .options(wireMockConfig().dynamicPort())
            .build();

    @Test
    void theBodyAndTheHeadersArePostedToTheAddressThatWasLookedAtUnderTheNameThatWasGiven()
            throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(ok("done")));
        var calls = calls(host -> addresses("127.0.0.1"));

        // When
        var outcome = calls.post(
                url("shop.example", "/hooks?a=b%20c"),
                headers("X-Test", "1"),
                "€".getBytes(StandardCharsets.UTF_8),
                TIMEOUT);

        // Then
        assertThat(outcome).isEqualTo(new Answered(200, "done", Optional.empty()));
        APPLICATION.verify(
                1,
                postRequestedFor(urlEqualTo("/hooks?a=b%20c"))
                        .withHeader("Host", equalTo("shop.example:" + APPLICATION.getPort()))
                        .withHeader("X-Test", equalTo("1"))
                        .withHeader("User-Agent", equalTo("Slipway"))
                        .withRequestBody(equalTo("€")));
    }

    @Test
    void aNameThatComesToPointToAnAddressThatIsNotAllowedIsRefusedAtTheNextAttempt() throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(ok()));
        var answers = new ArrayDeque<>(List.of("127.0.0.1", "169.254.169.254", "10.0.0.1"));
        var calls = calls(host -> addresses(answers.remove()));
        var url = url("rebinding.example", "/");

        // When
        var first = calls.post(url, headers(), new byte[0], TIMEOUT);
        var second = calls.post(url, headers(), new byte[0], TIMEOUT);
        var third = calls.post(url, headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(first).isInstanceOf(Answered.class);
        assertThat(second)
                .isEqualTo(
                        new Unanswered(
                                "rebinding.example is at 169.254.169.254, a link-local or metadata address, which is never called; give another URL"));
        assertThat(third)
                .isEqualTo(
                        new Unanswered(
                                "rebinding.example is at 10.0.0.1, which is not a public address; if it shall be called, add its network to slipway.webhook.forward.allowed-networks"));
        APPLICATION.verify(1, postRequestedFor(anyUrl()));
    }

    @Test
    void aNameIsRefusedIfOneOfItsAddressesIsNotAllowed() throws InterruptedException {
        // Given
        var calls = calls(host -> addresses("127.0.0.1", "192.168.0.1"));

        // When
        var outcome = calls.post(url("shop.example", "/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome)).contains("192.168.0.1");
        APPLICATION.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void aMetadataServiceIsRefusedEvenInANetworkThatIsAllowed() throws InterruptedException {
        // Given
        var calls = calls(Map.of("allowed-networks", "0.0.0.0/0"), host -> addresses("169.254.169.254"));

        // When
        var outcome = calls.post(URI.create("http://169.254.169.254/latest"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome)).contains("never called");
    }

    @Test
    void aPublicAddressIsNotCalledWithoutTls() throws InterruptedException {
        // Given
        var calls = calls(host -> addresses("1.1.1.1"));

        // When
        var outcome = calls.post(URI.create("http://shop.example"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome))
                .isEqualTo("shop.example is at 1.1.1.1, which is only called by https; give an https URL");
    }

    @Test
    void aSecondAddressIsTriedWhenTheFirstRefusesTheConnection() throws InterruptedException {
        // Given
        var port = serve(request -> request.response().end());
        var calls = calls(host -> addresses("::1", "127.0.0.1"));

        // When
        var outcome =
                calls.post(URI.create("http://shop.example:%d/".formatted(port)), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(outcome).isInstanceOf(Answered.class);
    }

    @Test
    void byTlsTheNameIsAskedForAndTheCertificateMustBeItsOwn() throws IOException, InterruptedException {
        // Given
        var certificate = certificate("shop.example");
        var asked = new CompletableFuture<String>();
        var server = Forwarding.VERTX
                .createHttpServer(
                        new HttpServerOptions().setSsl(true).setSni(true).setKeyCertOptions(certificate))
                .requestHandler(request -> {
                    asked.complete(request.connection().indicatedServerName());
                    request.response().end();
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        var config = Forwarding.config(Map.of());
        var calls = new EndpointCalls(
                Forwarding.VERTX,
                new HttpClientOptions().setTrustOptions(certificate),
                new EndpointAddresses(config, host -> addresses("127.0.0.1")),
                config,
                Clock.systemUTC());

        // When
        var genuine = calls.post(tls("shop.example", server.actualPort()), headers(), new byte[0], TIMEOUT);
        var other = calls.post(tls("other.example", server.actualPort()), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(genuine).isEqualTo(new Answered(200, "", Optional.empty()));
        assertThat(asked).isCompletedWithValue("shop.example");
        assertThat(reason(other)).startsWith("TLS with other.example failed: ");
    }

    @Test
    void aRedirectIsNotFollowed() throws InterruptedException {
        // Given
        APPLICATION.stubFor(post("/from").willReturn(status(307).withHeader("Location", "/to")));

        // When
        var outcome = calls().post(url("localhost", "/from"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(outcome).isEqualTo(new Answered(307, "", Optional.empty()));
        APPLICATION.verify(0, postRequestedFor(urlEqualTo("/to")));
    }

    @Test
    void ofALongAnswerTheFirstKibibyteIsKept() throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(ok("x".repeat(1_000_000))));

        // When
        var outcome = calls().post(url("localhost", "/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(outcome).isEqualTo(new Answered(200, "x".repeat(1_024), Optional.empty()));
    }

    @Test
    void theStatusCountsHoweverSlowTheRestOfTheAnswerIs() throws InterruptedException {
        // Given
        var port = serve(request -> request.response().setChunked(true).write("and then nothing"));

        // When
        var outcome = calls().post(
                        URI.create("http://127.0.0.1:%d".formatted(port)),
                        headers(),
                        new byte[0],
                        Duration.ofSeconds(3));

        // Then
        assertThat(outcome).isEqualTo(new Answered(200, "", Optional.empty()));
    }

    @Test
    void withoutAnAnswerInTimeItSaysSo() throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(ok().withFixedDelay(60_000)));

        // When
        var outcome = calls().post(url("localhost", "/"), headers(), new byte[0], SHORT);

        // Then
        assertThat(reason(outcome)).isEqualTo("No answer within 500ms");
    }

    @Test
    void aLookUpThatTakesTooLongIsCutOff() throws InterruptedException {
        // Given
        var never = new CompletableFuture<InetAddress[]>();
        var calls = calls(host -> never.join());

        // When
        var outcome = calls.post(url("slow.example", "/"), headers(), new byte[0], SHORT);

        // Then
        assertThat(reason(outcome)).isEqualTo("No answer within 500ms");
    }

    @Test
    void aHostThatIsNotKnownIsNamed() throws InterruptedException {
        // Given
        var calls = calls(host -> {
            throw new UnknownHostException(host);
        });

        // When
        var outcome = calls.post(url("nowhere.example", "/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome)).isEqualTo("The host nowhere.example is not known");
    }

    @Test
    void aConnectionThatIsRefusedIsNamed() throws InterruptedException {
        // When
        var outcome = calls().post(URI.create("http://127.0.0.1:1/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome)).isEqualTo("127.0.0.1 refused the connection");
    }

    @Test
    void aConnectionThatIsClosedWithoutAnAnswerIsNamed() throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(aResponse().withFault(Fault.EMPTY_RESPONSE)));

        // When
        var outcome = calls().post(url("localhost", "/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome)).isEqualTo("localhost closed the connection before it answered");
    }

    @Test
    void whatIsNoHttpIsNamed() throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE)));

        // When
        var outcome = calls().post(url("localhost", "/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(reason(outcome)).startsWith("localhost ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429 | 120                           | PT2M",
                "503 | 120                           | PT2M",
                "500 | 120                           |",
                "429 | 99999999                      | PT1H",
                "429 | Fri, 20 Nov 2026 10:05:00 GMT | PT5M",
                "429 | Fri, 20 Nov 2026 23:00:00 GMT | PT1H",
                "429 | Fri, 20 Nov 2026 09:00:00 GMT |",
                "429 | 0                             |",
                "429 | -5                            |",
                "429 | soon                          |",
                "429 | 99999999999999999999          |"
            })
    void retryAfterIsReadWithinBounds(int status, String value, Duration expected) throws InterruptedException {
        // Given
        APPLICATION.stubFor(post(anyUrl()).willReturn(status(status).withHeader("Retry-After", value)));

        // When
        var outcome = calls().post(url("localhost", "/"), headers(), new byte[0], TIMEOUT);

        // Then
        assertThat(((Answered) outcome).retryAfter()).isEqualTo(Optional.ofNullable(expected));
    }

    private static EndpointCalls calls() {
        return calls(InetAddress::getAllByName);
    }

    private static EndpointCalls calls(Resolver resolver) {
        return calls(Map.of(), resolver);
    }

    private static EndpointCalls calls(Map<String, String> settings, Resolver resolver) {
        var config = Forwarding.config(settings);
        return new EndpointCalls(
                Forwarding.VERTX, new EndpointAddresses(config, resolver), config, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    /** The JDK makes certificates by its keytool only. */
    private PfxOptions certificate(String name) throws IOException, InterruptedException {
        var file = folder.resolve("keys.p12");
        var keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=dns:" + name,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        file.toString())
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        return new PfxOptions().setPath(file.toString()).setPassword("changeit");
    }

    private static int serve(Handler<HttpServerRequest> application) {
        return Forwarding.VERTX
                .createHttpServer()
                .requestHandler(application)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    private static InetAddress[] addresses(String... literals) throws UnknownHostException {
        var addresses = new ArrayList<InetAddress>();
        for (var literal : literals) {
            addresses.add(InetAddress.getByName(literal));
        }
        return addresses.toArray(InetAddress[]::new);
    }

    private static URI url(String host, String path) {
        return URI.create("http://%s:%d%s".formatted(host, APPLICATION.getPort(), path));
    }

    private static URI tls(String host, int port) {
        return URI.create("https://%s:%d/".formatted(host, port));
    }

    private static MultiMap headers(String... namesAndValues) {
        var headers = MultiMap.caseInsensitiveMultiMap();
        for (var i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    private static String reason(Outcome outcome) {
        return ((Unanswered) outcome).reason();
    }
}
