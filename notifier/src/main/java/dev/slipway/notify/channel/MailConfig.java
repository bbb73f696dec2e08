package dev.slipway.notify.channel;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/** The e-mail channel. */
@ConfigMapping(prefix = "slipway.mail")
public interface MailConfig {

    /** How the connection is kept from being read by others. */
    enum Encryption {
        /** STARTTLS where the server offers it, as most do on port 587. */
        OFFERED,
        /** STARTTLS, or nothing is sent. */
        REQUIRED,
        /** TLS from the first byte, as on port 465. */
        TLS,
        /** None; for a server on the same machine. */
        NONE
    }

    /** The SMTP server ({@code SLIPWAY_MAIL_HOST}). Without it, e-mail is not configured. */
    Optional<String> host();

    /** Its port ({@code SLIPWAY_MAIL_PORT}). */
    @WithDefault("587")
    int port();

    /** {@code SLIPWAY_MAIL_ENCRYPTION}. */
    @WithDefault("offered")
    Encryption encryption();

    /** Who Slipway is to the server ({@code SLIPWAY_MAIL_USER}); without it there is no login. */
    Optional<String> user();

    /** The user's password ({@code SLIPWAY_MAIL_PASSWORD}), a secret. */
    Optional<String> password();

    /** The address that mails come from ({@code SLIPWAY_MAIL_FROM}). */
    @WithDefault("slipway@localhost")
    String from();

    /**
     * Who is told when a plan names nobody ({@code SLIPWAY_MAIL_TO}), separated by commas; a plan names others by
     * {@code to: {address: …}}.
     */
    Optional<List<String>> to();
}
