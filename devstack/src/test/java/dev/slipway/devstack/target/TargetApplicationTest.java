package dev.slipway.devstack.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.stripe.net.Webhook;
import dev.slipway.devstack.port.PortTaken;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetApplicationTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final JsonMapper json = new JsonMapper();

    private static TargetApplication application;
    private static HttpClient client;

    @BeforeAll
    static void start() {
        TargetSettings settings = TargetSettings.from(
                Map.of("STRIPE_WEBHOOK_SECRET", "whsec_new, whsec_old", "REVENUECAT_WEBHOOK_SECRET", "rc_secret"),
                0,
                0);
        application = TargetApplication.start(settings, Clock.fixed(NOW, ZoneOffset.UTC));
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        application.close();
    }

    @BeforeEach
    void reset() throws Exception {
        post("/admin/reset", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false | /health       | 200 | {'status':'healthy','version':'1.0.0','database':'connected'}",
                "false | /health/ready | 200 | {'ready':true}",
                "false | /health/live  | 200 | {'live':true}",
                "true  | /health       | 503 | {'status':'unhealthy','version':'1.0.0','database':'disconnected'}",
                "true  | /health/ready | 503 | {'ready':false}",
                "true  | /health/live  | 200 | {'live':true}",
            },
            quoteCharacter = '`')
    void showsItsHealthInTheRunbooksShapes(boolean sick, String path, int status, String body) throws Exception {
        // Given
        post("/sickness", "{\"sick\":%s}".formatted(sick));

        // When
        HttpResponse<String> answer = get(path);

        // Then
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body.replace('\'', '"'));
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {"none, 401", "Basic dTpw, 401", "Bearer, 401", "'Bearer ', 401", "Bearer x, 200", "bearer x, 200"})
    void signsInWhoeverHasABearerToken(String authorization, int status) throws Exception {
        // Given
        String[] headers = authorization == null ? new String[0] : new String[] {"Authorization", authorization};

        // When
        HttpResponse<String> answer = post("/auth/google", "", headers);

        // Then
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains(status == 200 ? "access_token" : "detail");
    }

    @Test
    void givesAJsonWebTokenForGooglesToken() throws Exception {
        // Given
        String[] authorization = {"Authorization", "Bearer google"};

        // When
        JsonNode answer = json.readTree(post("/auth/google", "", authorization).body());

        // Then
        List<String> parts =
                Arrays.asList(answer.get("access_token").textValue().split("\\."));
        assertThat(parts).hasSize(3);
        assertThat(json.readTree(Base64.getUrlDecoder().decode(parts.get(1)))
                        .get("exp")
                        .longValue())
                .isEqualTo(NOW.plusSeconds(3600).getEpochSecond());
    }

    @ParameterizedTest
    @ValueSource(strings = {"whsec_new", "whsec_old"})
    void takesAWebhookThatStripeSigned(String secret) throws Exception {
        // Given
        String body = "{\"type\":\"invoice.paid\"}";

        // When
        HttpResponse<String> answer = post("/webhooks/stripe", body, "Stripe-Signature", signature(body, secret));

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    static Stream<String> badSignatures() throws Exception {
        return Stream.of(
                "test", "", "t=1,v1=00", signature("{\"type\":\"test\"}", "whsec_other"), signature("{}", "whsec_new"));
    }

    @ParameterizedTest
    @MethodSource("badSignatures")
    void refusesAWebhookThatStripeDidNotSign(String signature) throws Exception {
        // Given
        String body = "{\"type\":\"test\"}";

        // When
        HttpResponse<String> answer = post("/webhooks/stripe", body, "Stripe-Signature", signature);

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("{\"detail\":\"Invalid signature\"}");
    }

    @ParameterizedTest
    @CsvSource({"Bearer rc_secret, 200", "Bearer wrong, 400", "rc_secret, 400", "Bearer rc_secret2, 400"})
    void takesRevenueCatsWebhooksByTheirSecret(String authorization, int status) throws Exception {
        // Given
        String body = "{\"event\":{\"type\":\"TEST\"}}";

        // When
        HttpResponse<String> answer = post("/webhooks/revenuecat", body, "Authorization", authorization);

        // Then
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    @Test
    void believesNobodyWithoutSecrets() throws Exception {
        // Given
        TargetSettings withoutSecrets = TargetSettings.from(Map.of(), 0, 0);
        try (TargetApplication other = TargetApplication.start(withoutSecrets, Clock.systemUTC())) {
            HttpRequest request = HttpRequest.newBuilder(other.uri().resolve("/webhooks/revenuecat"))
                    .POST(BodyPublishers.ofString("{}"))
                    .header("Authorization", "Bearer ")
                    .build();

            // When
            int status = client.send(request, BodyHandlers.discarding()).statusCode();

            // Then
            assertThat(status).isEqualTo(400);
        }
    }

    @Test
    void goesToTheNextVersionAndBack() throws Exception {
        // Given
        post("/deploy", "{\"version\":\"2.0.0\"}", "Idempotency-Key", "a");
        assertThat(state().get("version").textValue()).isEqualTo("2.0.0");
        assertThat(state().get("previousVersion").textValue()).isEqualTo("1.0.0");

        // When
        HttpResponse<String> answer = post("/rollback", "", "Idempotency-Key", "b");

        // Then
        assertThat(answer.body()).isEqualTo("{\"version\":\"1.0.0\",\"schemaRevision\":1}");
        assertThat(state().toString()).isEqualTo("""
                        {"version":"1.0.0","schemaRevision":1,"sick":false,\
                        "deploys":[{"key":"a","version":"2.0.0","at":"2026-01-02T03:04:05Z"}],\
                        "rollbacks":[{"key":"b","to":"1.0.0","at":"2026-01-02T03:04:05Z"}],"migrations":[]}""");
    }

    @Test
    void hasASchemaThatGoesUpAndDown() throws Exception {
        // Given
        post("/migrations/upgrade", "", "Idempotency-Key", "up");
        post("/migrations/upgrade", "", "Idempotency-Key", "up");
        assertThat(state().get("schemaRevision").intValue()).isEqualTo(2);

        // When
        post("/migrations/downgrade", "");

        // Then
        assertThat(state().get("schemaRevision").intValue()).isEqualTo(1);
        assertThat(state().get("migrations").toString()).isEqualTo("""
                        [{"key":"up","to":2,"at":"2026-01-02T03:04:05Z"},{"to":1,"at":"2026-01-02T03:04:05Z"}]""");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/rollback | {} | false | 1.0.0",
                "/deploy | {\"version\":\"3.0.0\"} | false | 3.0.0",
                "/deploy | {\"version\":\"2.0.0\"} | true | 2.0.0",
            })
    void isSickForAsLongAsTheSickVersionIsLive(String path, String body, boolean sick, String version)
            throws Exception {
        // Given
        post("/deploy", "{\"version\":\"2.0.0\"}");
        post("/sickness", "{\"sick\":true}");

        // When
        post(path, body);

        // Then
        assertThat(state().get("sick").booleanValue()).isEqualTo(sick);
        assertThat(state().get("version").textValue()).isEqualTo(version);
    }

    @Test
    void rollsBackPastADeployOfTheLiveVersion() throws Exception {
        // Given
        post("/deploy", "{\"version\":\"2.0.0\"}");
        post("/deploy", "{\"version\":\"2.0.0\"}");

        // When
        post("/rollback", "");

        // Then
        assertThat(state().get("version").textValue()).isEqualTo("1.0.0");
        assertThat(state().get("deploys")).hasSize(2);
    }

    @Test
    void doesAnOperationOnceHoweverOftenItIsAskedUnderOneKey() throws Exception {
        // Given
        Callable<String> deploy = () -> post("/deploy", "{\"version\":\"2.0.0\"}", "Idempotency-Key", "k")
                .body();

        // When
        List<Future<String>> answers;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            answers = callers.invokeAll(List.of(deploy, deploy, deploy, deploy));
        }

        // Then
        assertThat(answers).extracting(Future::resultNow).containsOnly("{\"version\":\"2.0.0\",\"schemaRevision\":1}");
        assertThat(state().get("deploys")).hasSize(1);
    }

    @Test
    void answersARepeatedOperationAsItDidAtFirst() throws Exception {
        // Given
        HttpResponse<String> first = post("/deploy", "{\"version\":\"2.0.0\"}", "Idempotency-Key", "k");
        post("/rollback", "", "Idempotency-Key", "other");

        // When
        HttpResponse<String> again = post("/deploy", "{\"version\":\"2.0.0\"}", "Idempotency-Key", "k");

        // Then
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(state().get("version").textValue()).isEqualTo("1.0.0");
    }

    @Test
    void refusesAKeyThatWasUsedForAnotherOperation() throws Exception {
        // Given
        post("/deploy", "{\"version\":\"2.0.0\"}", "Idempotency-Key", "k");

        // When
        HttpResponse<String> answer = post("/deploy", "{\"version\":\"3.0.0\"}", "Idempotency-Key", "k");

        // Then
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body()).contains("idempotency key k");
        assertThat(state().get("version").textValue()).isEqualTo("2.0.0");
    }

    @Test
    void remembersNoRefusalUnderAKey() throws Exception {
        // Given
        assertThat(post("/rollback", "", "Idempotency-Key", "k").statusCode()).isEqualTo(409);
        post("/deploy", "{\"version\":\"2.0.0\"}");

        // When
        HttpResponse<String> answer = post("/rollback", "", "Idempotency-Key", "k");

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void hasNoSchemaBelowRevisionZero() throws Exception {
        // Given
        assertThat(post("/migrations/downgrade", "").statusCode()).isEqualTo(200);

        // When
        HttpResponse<String> answer = post("/migrations/downgrade", "");

        // Then
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(state().get("schemaRevision").intValue()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /deploy            | {broken               | 400 | not JSON",
                "POST | /deploy            | {}                    | 400 | version",
                "POST | /deploy            | {\"version\":2}       | 400 | version",
                "POST | /deploy            | {\"version\":\" \"}   | 400 | version",
                "POST | /deploy            | []                    | 400 | version",
                "POST | /admin/slowness    | {\"millis\":-1}     | 400 | slow",
                "POST | /sickness          | {broken               | 400 | not JSON",
                "POST | /sickness          | {\"sick\":\"yes\"}    | 400 | sick",
                "POST | /nowhere           | {}                    | 404 | /nowhere",
                "GET  | /health/deep       | {}                    | 404 | /health/deep",
                "GET  | /deploy            | {}                    | 405 | POST",
                "GET  | /auth/google       | {}                    | 405 | POST",
                "PUT  | /health            | {}                    | 405 | GET",
                "POST | /admin/state       | {}                    | 405 | GET",
            })
    void refusesWhatItDoesNotUnderstand(String method, String path, String body, int status, String detail)
            throws Exception {
        // Given
        String before = state().toString();

        // When
        HttpResponse<String> answer = send(HttpRequest.newBuilder(uri(path))
                .method(method, BodyPublishers.ofString(body))
                .build());

        // Then
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json.readTree(answer.body()).get("detail").textValue()).contains(detail);
        assertThat(state()).hasToString(before);
    }

    @Test
    void refusesBrokenJsonThatIsWellSigned() throws Exception {
        // Given
        String body = "{broken";

        // When
        HttpResponse<String> answer = post("/webhooks/stripe", body, "Stripe-Signature", signature(body, "whsec_new"));

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("not JSON");
    }

    @Test
    void refusesABodyLargerThanAMebibyte() throws Exception {
        // Given
        String body = "x".repeat(1024 * 1024 + 1);

        // When
        HttpResponse<String> answer = post("/deploy", body);

        // Then
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void answersHeadAsGetWithoutABody() throws Exception {
        // Given
        HttpRequest head = HttpRequest.newBuilder(uri("/health")).HEAD().build();

        // When
        HttpResponse<String> answer = send(head);

        // Then
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void hasACertificateForLocalhostThatIsValidForNinetyDays() throws Exception {
        // Given
        URI uri = application.tlsUri().orElseThrow();

        // When
        X509Certificate certificate = certificateOf(uri);

        // Then
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=localhost");
        assertThat(certificate.getSubjectAlternativeNames()).anyMatch(name -> name.contains("localhost"));
        assertThat(Duration.between(
                        certificate.getNotBefore().toInstant(),
                        certificate.getNotAfter().toInstant()))
                .isEqualTo(Duration.ofDays(90));
    }

    @Test
    void listensForHttpAloneWhereNoTlsPortIsGiven() throws Exception {
        // Given
        TargetSettings plain = new TargetSettings(0, OptionalInt.empty(), List.of(), List.of());

        // When
        try (TargetApplication other = TargetApplication.start(plain, Clock.systemUTC())) {
            // Then
            assertThat(other.tlsUri()).isEmpty();
            assertThat(other.uri().getPort()).isPositive();
        }
    }

    @Test
    void saysWhichPortIsTakenAndHowToChooseAnother() throws Exception {
        // Given
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TargetSettings settings = TargetSettings.from(Map.of(), 0, taken.getLocalPort());

            // When
            assertThatThrownBy(() -> TargetApplication.start(settings, Clock.systemUTC()))
                    // Then
                    .isInstanceOf(PortTaken.class)
                    .hasMessageContaining("SLIPWAY_TARGET_TLS_PORT");
        }
    }

    private static X509Certificate certificateOf(URI uri) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustAll()}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(uri.getHost(), uri.getPort())) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private static String signature(String body, String secret) throws Exception {
        long now = Webhook.Util.getTimeNow();
        return "t=%d,v1=%s".formatted(now, Webhook.Util.computeHmacSha256(secret, now + "." + body));
    }

    private static JsonNode state() throws Exception {
        return json.readTree(get("/admin/state").body());
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    private static HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request.build());
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString());
    }

    private static URI uri(String path) {
        return application.uri().resolve(path);
    }

    /** The certificate's own signer is its only one. */
    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
