package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the secrets of a scheme look like; a secret of another form is most likely not the one that was meant. */
enum SecretForm {

    /** Any text. */
    TEXT("[^\\p{Cntrl}]+"),

    /** Stripe's: the whole text is the key. */
    STRIPE("whsec_[!-~]+") {
        @Override
        String guess(String value) {
            return value.substring(value.indexOf('_') + 1);
        }
    },

    /** What is sent as it is: in a header, so that it must be visible ASCII, and long enough not to be guessed. */
    UNGUESSABLE("[!-~]{16,}"),

    /** Of Standard Webhooks: a key of 24 bytes or more, or a public key; Supabase writes a version before it. */
    STANDARD_WEBHOOKS("(v1a?,)?(whsec_[A-Za-z0-9+/]{32,}={0,2}|whpk_[A-Za-z0-9+/]{43}=)") {
        @Override
        Secret of(String value) {
            var key = Base64.getDecoder().decode(value.substring(value.indexOf('_') + 1));
            return value.contains("whpk_") ? new Secret.Ed25519(key) : new Secret.Shared(key);
        }
    },

    /** PhonePe's salt key and its index. */
    SALT("[!-~]+###[0-9]{1,9}") {
        @Override
        Secret of(String value) {
            return new Secret.Salt(guess(value), value.substring(value.lastIndexOf("###") + 3));
        }

        @Override
        String guess(String value) {
            return value.substring(0, value.lastIndexOf("###"));
        }
    },

    /** PhonePe's user and password: only their hash is ever sent. */
    USER_AND_PASSWORD("[^:\\p{Cntrl}]+:[^\\p{Cntrl}]+") {
        @Override
        Secret of(String value) {
            return new Secret.Shared(Sha256.hex(value.getBytes(UTF_8)).getBytes(UTF_8));
        }

        @Override
        String guess(String value) {
            return value.substring(value.indexOf(':') + 1);
        }
    };

    private final Pattern pattern;

    SecretForm(String pattern) {
        this.pattern = Pattern.compile(pattern);
    }

    /** Reads a secret; nothing if it does not have this form. */
    Optional<Secret> read(String value) {
        try {
            return pattern.matcher(value).matches() ? Optional.of(of(value)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // It looks like a key, but is none.
        }
    }

    Secret of(String value) {
        return new Secret.Shared(value.getBytes(UTF_8));
    }

    /** What of a secret of this form somebody would have to guess: not what all have in common, nor a user's name. */
    String guess(String value) {
        return value;
    }
}
