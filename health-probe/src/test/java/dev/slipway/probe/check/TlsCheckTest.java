package dev.slipway.probe.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.slipway.event.CheckEvent.Check;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsCheckTest {

    private static HttpsServer server;
    private static HttpsServer expired;

    private final Checking checking = new Checking();

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        server = serve(folder.resolve("valid.p12"), "-validity", "30");
        expired = serve(folder.resolve("expired.p12"), "-startdate", "-10d", "-validity", "3");
    }

    @AfterAll
    static void stop() {
        server.stop(0);
        expired.stop(0);
    }

    @AfterEach
    void end() {
        checking.close();
    }

    @Test
    void looksAtTheCertificateEvenIfItIsNotTrustedAndSaysSo() throws Exception {
        // When
        var result = checking.tls("localhost:" + port(server), "[CERTIFICATE_EXPIRATION] > 14d", "[CONNECTED] == true");

        // Then
        assertThat(result.passed()).isTrue();
        assertThat(result.evidence().summary())
                .matches(
                        "TLS localhost:\\d+ showed a certificate that expires in 29d23h and is not trusted; 2 of 2 conditions hold");
        assertThat(result.evidence().details())
                .containsEntry("subject", "CN=localhost,O=Target")
                .containsEntry("issuer", "CN=localhost,O=Target")
                .containsEntry("trusted", false)
                .containsKeys("notTrustedBecause", "responseTimeMs");
        assertThat((Instant) result.evidence().details().get("notAfter"))
                .isCloseTo(Instant.now().plus(30, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES));
    }

    @ParameterizedTest
    @CsvSource({"[CERTIFICATE_EXPIRATION] > 29d, true", "[CERTIFICATE_EXPIRATION] > 31d, false"})
    void comparesTheTimeThatIsLeft(String condition, boolean passed) throws Exception {
        // When
        var result = checking.tls("localhost:" + port(server), condition);

        // Then
        assertThat(result.passed()).isEqualTo(passed);
    }

    @Test
    void withoutConditionsItMustNotHaveExpired() throws Exception {
        // When
        var result = checking.tls("localhost:" + port(expired));

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary()).contains("showed a certificate that expired on ");
    }

    @Test
    void anHttpsRequestNeedsATrustedCertificate() throws Exception {
        // When
        var result = checking.get("https://localhost:%d/".formatted(port(server)));

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary()).contains("TLS with localhost:%d failed: ".formatted(port(server)));
    }

    @Test
    void failsWhenTheOtherSideDoesNotSpeakTls() throws Exception {
        // Given
        try (var server = new RawServer("SSH-2.0-OpenSSH_9.6\r\n")) {
            // When
            var result = checking.tls("127.0.0.1:" + server.port());

            // Then
            assertThat(result.passed()).isFalse();
            assertThat(result.evidence().summary()).contains("TLS with 127.0.0.1:");
        }
    }

    @Test
    void failsWhenTheHandshakeDoesNotComeToAnEnd() throws Exception {
        // Given
        try (var silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            // When
            var result = checking.make(new Check(
                    Optional.empty(),
                    Optional.of("127.0.0.1:" + silent.getLocalPort()),
                    List.of("[CONNECTED] == true"),
                    Duration.ofMillis(200)));

            // Then
            assertThat(result.evidence().summary()).contains("timed out after 200ms");
        }
    }

    @Test
    void failsWhenTheHandshakeComesByteByByte() throws Exception {
        // Given
        try (var dripping = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> drip(dripping));

            // When
            var result = checking.make(new Check(
                    Optional.empty(),
                    Optional.of("127.0.0.1:" + dripping.getLocalPort()),
                    List.of("[CONNECTED] == true"),
                    Duration.ofMillis(300)));

            // Then
            assertThat(result.evidence().summary()).contains("timed out after 300ms; 1 of 1 conditions hold");
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
        var result = checking.tls("localhost:" + port);

        // Then
        assertThat(result.evidence().details()).containsEntry("reason", "connection refused by localhost:" + port);
    }

    @Test
    void neverCallsAMetadataAddress() throws Exception {
        // When
        var result = checking.tls("169.254.169.254");

        // Then
        assertThat(result.evidence().summary()).contains("which Slipway never calls");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "https://example.org", "example.org:x", "example.org:99999", "a b", "example.org/x"})
    void failsWhenTheTargetIsNoHost(String target) throws Exception {
        // When
        var result = checking.tls(target);

        // Then
        assertThat(result.passed()).isFalse();
        assertThat(result.evidence().summary()).contains("is not of the form host or host:port");
    }

    /** Announces a handshake record of 16,000 bytes, and sends one every few milliseconds. */
    private static void drip(ServerSocket server) {
        try (var socket = server.accept()) {
            var out = socket.getOutputStream();
            out.write(new byte[] {0x16, 3, 3, 0x3e, (byte) 0x80});
            for (var i = 0; i < 16_000; i++) {
                out.write(0);
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        } catch (IOException e) {
            // The other side has enough.
        }
    }

    private static int port(HttpsServer server) {
        return server.getAddress().getPort();
    }

    private static HttpsServer serve(Path keystore, String... validity) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "target",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost, O=Target",
                "-ext",
                "san=dns:localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                "password",
                "-keystore",
                keystore.toString()));
        command.addAll(List.of(validity));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
        var keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keystore)) {
            keys.load(in, "password".toCharArray());
        }
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "password".toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.start();
        return server;
    }
}
