package dev.slipway.webhook.source;

import io.smallrye.config.ConfigMapping;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** What is needed to set sources up. */
@ConfigMapping(prefix = "slipway.webhook.setup")
public interface SetupConfig {

    /** A YAML file with sources ({@code SLIPWAY_SOURCES_FILE}), each in the form of the API. */
    Optional<Path> sourcesFile();

    /**
     * The key that encrypts the secrets in the database ({@code SLIPWAY_ENCRYPTION_KEY}): 32 bytes in Base64. Several
     * are separated by commas: the first encrypts, all of them decrypt. Without one the API takes no secrets, only
     * references to them.
     */
    Optional<String> encryptionKey();

    /** The folder of the files that secrets may refer to ({@code SLIPWAY_WEBHOOK_SECRET_FOLDER}). */
    Optional<Path> secretFolder();

    /**
     * Where senders reach the gateway, such as {@code https://hooks.example.com} ({@code SLIPWAY_WEBHOOK_PUBLIC_URL});
     * the URLs of sources begin with it. Without it, with the address at which the API was called.
     */
    Optional<URI> publicUrl();
}
