package dev.slipway.webhook.source;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * A source as someone described it, without error.
 *
 * @param secrets empty if nothing was said about them
 * @param definition all but the secrets, as it was written
 */
record SourceDraft(SourceSettings settings, Optional<List<SecretDraft>> secrets, ObjectNode definition) {}
