package dev.slipway.webhook.source;

import dev.slipway.webhook.source.SourceSecret.Kind;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** A secret as someone described it. */
sealed interface SecretDraft {

    /** From when on it shall not count. */
    Optional<Instant> expiresAt();

    /** Another one than there were. */
    record Added(Content content, Optional<Instant> expiresAt) implements SecretDraft {}

    /** One that the source has already. */
    record Kept(UUID id, Optional<Instant> expiresAt) implements SecretDraft {}

    /**
     * What a secret is.
     *
     * @param kind where it stands
     * @param text itself if it is {@link Kind#STORED}, else the name of the variable or file
     */
    record Content(Kind kind, String text) {

        @Override
        public String toString() {
            return kind + ":***";
        }
    }
}
