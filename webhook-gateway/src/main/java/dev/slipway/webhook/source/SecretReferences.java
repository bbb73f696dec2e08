package dev.slipway.webhook.source;

import dev.slipway.webhook.forward.SigningSecret;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceSecret.State;
import dev.slipway.webhook.source.SourceSecret.Value;
import dev.slipway.webhook.source.SourceSecret.Value.Known;
import dev.slipway.webhook.source.SourceSecret.Value.Signs;
import dev.slipway.webhook.source.SourceSecret.Value.Unknown;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Secrets that stand in the gateway's environment. Whoever may set up a source must not get at the rest of it: a
 * variable must have a name that is meant for this, and a file must lie in the folder that is. Nor may the two purposes
 * mix, see {@link Purpose}.
 */
@Singleton
public class SecretReferences {

    private static final Logger LOG = Logger.getLogger(SecretReferences.class);

    private final Config environment;
    private final Optional<Path> folder;

    public SecretReferences(Config environment, SetupConfig config) {
        this.environment = environment;
        this.folder = config.secretFolder();
    }

    /**
     * What a secret is for. Each has names of its own: who could have something signed with the secret of a sender could
     * have anything taken for the sender's. Providers call theirs {@code …_WEBHOOK_SECRET}, {@code …_SIGNING_SECRET} or
     * {@code …_ENDPOINT_SECRET}, so that what forwards are signed with ends in none of these.
     */
    enum Purpose {
        /** A sender signs with it. */
        VERIFY(
                "[A-Z][A-Z0-9_]{0,240}_WEBHOOK_SECRET",
                "must be a variable whose name ends in _WEBHOOK_SECRET, such as STRIPE_WEBHOOK_SECRET",
                // On some disks the case of a file's name does not matter.
                "[A-Za-z0-9_-][A-Za-z0-9._-]{0,250}(?<!(?i:\\.forward))",
                "must be the name of a file in the secret folder, without a path; those that end in .forward are for endpoints"),
        /** The gateway signs with it what it forwards. */
        SIGN(
                "[A-Z][A-Z0-9_]{0,240}_FORWARD_SECRET",
                "must be a variable whose name ends in _FORWARD_SECRET, such as SHOP_FORWARD_SECRET; the secrets of senders are never signed with",
                "[A-Za-z0-9_-][A-Za-z0-9._-]{0,240}\\.forward",
                "must be the name of a file in the secret folder, without a path, that ends in .forward, such as shop.forward; the secrets of senders are never signed with");

        private final Pattern variable;
        private final String variableForm;
        private final Pattern file;
        private final String fileForm;

        Purpose(String variable, String variableForm, String file, String fileForm) {
            this.variable = Pattern.compile(variable);
            this.variableForm = variableForm;
            this.file = Pattern.compile(file);
            this.fileForm = fileForm;
        }

        /** @throws IllegalArgumentException if it is a reference that this purpose may not name */
        private void check(Content content) {
            switch (content.kind()) {
                case ENV -> check(variable, content.text(), variableForm);
                case FILE -> check(file, content.text(), fileForm);
                case STORED, CONFIGURED -> {}
            }
        }

        private static void check(Pattern pattern, String name, String form) {
            if (!pattern.matcher(name).matches()) {
                throw new IllegalArgumentException(form);
            }
        }
    }

    /** @throws IllegalArgumentException if this variable may not be named for this purpose */
    Content variable(String name, Purpose purpose) {
        var content = new Content(Kind.ENV, name);
        purpose.check(content);
        return content;
    }

    /** @throws IllegalArgumentException if this file may not be named for this purpose */
    Content file(String name, Purpose purpose) {
        if (folder.isEmpty()) {
            throw new IllegalArgumentException(
                    "needs a folder of such files: start the gateway with SLIPWAY_WEBHOOK_SECRET_FOLDER");
        }
        var content = new Content(Kind.FILE, name);
        purpose.check(content);
        return content;
    }

    /** The secret itself, as far as it is there; blanks around it are not part of it. */
    Optional<String> value(Content content) {
        return switch (content.kind()) {
            case STORED, CONFIGURED -> Optional.of(content.text());
            // As it is: a secret may have ${ in it.
            case ENV -> present(environment.getConfigValue(content.text()).getRawValue());
            case FILE -> folder.flatMap(it -> read(it.resolve(content.text())));
        };
    }

    /** The secret as its scheme uses it, or why it cannot be had. */
    Value secret(Content content, KnownScheme scheme) {
        return read(content, Purpose.VERIFY, text -> new Known(scheme.secretsIn(text)));
    }

    /** The secret as forwards are signed with it, or why it cannot be had. */
    Value signingSecret(Content content, Optional<Instant> expiresAt) {
        return read(content, Purpose.SIGN, text -> new Signs(SigningSecret.parse(text, expiresAt)));
    }

    private Value read(Content content, Purpose purpose, Function<String, Value> reader) {
        try {
            purpose.check(content);
            return value(content)
                    .map(reader)
                    .orElseGet(() -> new Unknown(
                            State.MISSING,
                            "The gateway's environment has no %s %s; put it there, and start the gateway again"
                                    .formatted(
                                            content.kind() == Kind.ENV ? "variable" : "secret file", content.text())));
        } catch (IllegalArgumentException e) {
            return new Unknown(State.UNREADABLE, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return present(Files.readString(file));
        } catch (IOException e) {
            LOG.warnf("The secret in %s cannot be read: %s", file, e);
            return Optional.empty();
        }
    }

    private static Optional<String> present(@Nullable String value) {
        return Optional.ofNullable(value).map(String::strip).filter(it -> !it.isEmpty());
    }
}
