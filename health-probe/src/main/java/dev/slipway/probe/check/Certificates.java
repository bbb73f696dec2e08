package dev.slipway.probe.check;

import dev.slipway.condition.Durations;
import dev.slipway.condition.Observation;
import dev.slipway.probe.check.Addresses.RefusedAddressException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the certificate that a server shows in a fresh handshake: a connection that is kept still shows the one it
 * began with.
 */
@Singleton
public class Certificates {

    private static final Logger LOG = Logger.getLogger(Certificates.class);
    private static final Pattern TARGET = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]/\\s]+)(?::(\\d{1,5}))?");

    private final Addresses addresses;
    private final Clock clock;
    private final X509ExtendedTrustManager trusted;

    public Certificates(Addresses addresses, Clock clock) {
        this.addresses = addresses;
        this.clock = clock;
        this.trusted = systemTrust();
    }

    /**
     * Looks.
     *
     * @param target {@code host} or {@code host:port}; the port is 443 when left out
     * @throws IllegalArgumentException if it is neither
     */
    Answer look(String target, Duration timeout) throws InterruptedException {
        var parts = TARGET.matcher(target);
        if (!parts.matches() || (parts.group(2) != null && Integer.parseInt(parts.group(2)) > 65_535)) {
            throw new IllegalArgumentException("'%s' is not of the form host or host:port".formatted(target));
        }
        var host = parts.group(1);
        var port = parts.group(2) == null ? 443 : Integer.parseInt(parts.group(2));
        var deadline = new Deadline(timeout);
        var connected = false;
        try (var socket = connect(host, port, deadline)) {
            connected = true;
            return look(socket, host, port, deadline);
        } catch (IOException | TimeoutException | RefusedAddressException e) {
            return new Answer.Nothing(Failures.reason(e, deadline, "%s:%d".formatted(host, port)), connected);
        }
    }

    private Socket connect(String host, int port, Deadline deadline)
            throws IOException, TimeoutException, RefusedAddressException, InterruptedException {
        var remaining = addresses.of(host, deadline.left()).iterator();
        while (true) {
            var socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(remaining.next(), port), (int)
                        deadline.left().toMillis());
                return socket;
            } catch (ConnectException e) {
                socket.close();
                if (!remaining.hasNext()) {
                    throw e;
                }
            } catch (IOException | TimeoutException e) {
                socket.close();
                throw e;
            }
        }
    }

    private Answer look(Socket socket, String host, int port, Deadline deadline) throws IOException, TimeoutException {
        var witness = new Witness(trusted);
        try (var tls = (SSLSocket) context(witness).getSocketFactory().createSocket(socket, host, port, true)) {
            var parameters = tls.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            tls.setSSLParameters(parameters);
            // A time-out for each read would let a server that sends byte by byte go on for ever.
            var end = CompletableFuture.runAsync(
                    () -> close(socket),
                    CompletableFuture.delayedExecutor(deadline.left().toMillis() + 1, TimeUnit.MILLISECONDS));
            tls.startHandshake();
            end.cancel(false);
            return seen(witness, socket.getInetAddress(), deadline);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("The socket was closed already", e);
        }
    }

    private Answer seen(Witness witness, InetAddress address, Deadline deadline) {
        var certificate = witness.certificate();
        var responseTime = deadline.elapsed();
        var notAfter = certificate.getNotAfter().toInstant();
        var left = Duration.between(clock.instant(), notAfter);
        var details = new LinkedHashMap<String, Object>();
        details.put("subject", certificate.getSubjectX500Principal().getName());
        details.put("issuer", certificate.getIssuerX500Principal().getName());
        details.put("notAfter", notAfter);
        details.put("trusted", witness.distrust.isEmpty());
        witness.distrust.ifPresent(reason -> details.put("notTrustedBecause", reason));
        details.put("responseTimeMs", responseTime.toMillis());
        return new Answer.Seen(
                new Observation(
                        true,
                        OptionalInt.empty(),
                        Optional.of(responseTime),
                        Optional.empty(),
                        Optional.of(left),
                        Optional.of(address.getHostAddress())),
                "showed a certificate that %s and %s"
                        .formatted(
                                left.isNegative()
                                        ? "expired on " + notAfter
                                        : "expires in " + Durations.format(Duration.ofHours(left.toHours())),
                                witness.distrust.isEmpty() ? "is trusted" : "is not trusted"),
                details);
    }

    private static SSLContext context(TrustManager trust) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has TLS", e);
        }
    }

    private static X509ExtendedTrustManager systemTrust() {
        try {
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((@Nullable KeyStore) null);
            return Arrays.stream(factory.getTrustManagers())
                    .filter(X509ExtendedTrustManager.class::isInstance)
                    .map(X509ExtendedTrustManager.class::cast)
                    .findFirst()
                    .orElseThrow();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The JDK's trusted certificates cannot be read", e);
        }
    }

    /** Lets every certificate pass, since it is only looked at, and notes what a client would have said of it. */
    private static final class Witness extends X509ExtendedTrustManager {

        private final X509ExtendedTrustManager judge;
        private X509Certificate @Nullable [] chain;
        private Optional<String> distrust = Optional.empty();

        Witness(X509ExtendedTrustManager judge) {
            this.judge = judge;
        }

        X509Certificate certificate() {
            if (chain == null) {
                throw new IllegalStateException("A handshake shows a certificate");
            }
            return chain[0];
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
            this.chain = chain;
            try {
                judge.checkServerTrusted(chain, authType, socket);
            } catch (CertificateException e) {
                distrust = Optional.of(String.valueOf(e.getMessage()));
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new UnsupportedOperationException("Certificates are looked at over sockets");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException("Certificates are looked at over sockets");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
            throw new UnsupportedOperationException("There are no clients here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new UnsupportedOperationException("There are no clients here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException("There are no clients here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
