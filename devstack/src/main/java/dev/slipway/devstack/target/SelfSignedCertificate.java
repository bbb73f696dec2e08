package dev.slipway.devstack.target;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate for {@code localhost}, signed by its own key, valid for 90 days, made anew at each start. */
final class SelfSignedCertificate {
    /** Protects nothing: the file that it opens is deleted as soon as it has been read. */
    private static final String PASSWORD = "changeit";

    private SelfSignedCertificate() {}

    /** The server side of TLS with such a certificate. */
    static SSLContext sslContext() throws IOException {
        Path folder = Files.createTempDirectory("slipway-target");
        Path file = folder.resolve("target.p12");
        try {
            generate(file);
            return load(file);
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate for localhost cannot be used", e);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    /** The JDK makes certificates by its keytool only. */
    private static void generate(Path file) throws IOException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "target",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1,ip:::1",
                        "-validity",
                        "90",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.onExit().join().exitValue() != 0) {
            throw new IOException("keytool made no certificate for localhost: " + said.strip());
        }
    }

    private static SSLContext load(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }
}
