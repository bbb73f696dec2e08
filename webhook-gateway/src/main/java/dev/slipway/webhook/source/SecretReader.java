package dev.slipway.webhook.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.slipway.webhook.forward.SigningSecret;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SecretDraft.Kept;
import dev.slipway.webhook.source.SecretReferences.Purpose;
import dev.slipway.webhook.source.SourceSecret.Kind;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Reads what someone says about a secret. What it notes as wrong never shows the secret. */
@Singleton
public class SecretReader {

    /** What the API's answers have besides, so that an answer can be changed and sent back. */
    private static final Set<String> ANSWERED = Set.of("kind", "reference", "state", "problem", "addedAt");

    private static final String FORM =
            "must be a text, or an object with one of 'value', 'env', 'file', or the 'id' of a secret to keep";

    private final SecretReferences references;

    public SecretReader(SecretReferences references) {
        this.references = references;
    }

    /** Reads an item of a list: a text, or an object. */
    Optional<SecretDraft> read(JsonNode item, String path, Optional<KnownScheme> scheme, List<SourceError> errors) {
        return read(item, path, Purpose.VERIFY, check(scheme), errors);
    }

    /** Reads an item of a list, a secret that signs what is forwarded: a text, or an object. */
    Optional<SecretDraft> readSigning(JsonNode item, String path, List<SourceError> errors) {
        return read(item, path, Purpose.SIGN, text -> SigningSecret.parse(text, Optional.empty()), errors);
    }

    private Optional<SecretDraft> read(
            JsonNode item, String path, Purpose purpose, Consumer<String> check, List<SourceError> errors) {
        if (!item.isTextual() && !item.isObject()) {
            errors.add(new SourceError(path, FORM));
            return Optional.empty();
        }
        var object = item.isTextual() ? JsonNodeFactory.instance.objectNode().set("value", item) : item;
        var fields = new Fields(object, path, errors);
        var secret = read(fields, purpose, check);
        fields.close();
        return secret;
    }

    /** Reads an object, which may have other fields as well. */
    Optional<SecretDraft> read(Fields fields, Optional<KnownScheme> scheme) {
        return read(fields, Purpose.VERIFY, check(scheme));
    }

    private static Consumer<String> check(Optional<KnownScheme> scheme) {
        return text -> scheme.ifPresent(it -> it.newSecretsIn(text));
    }

    private Optional<SecretDraft> read(Fields fields, Purpose purpose, Consumer<String> check) {
        var expiresAt = fields.read("expiresAt", SecretReader::instant);
        var drafts = Stream.<Optional<? extends SecretDraft>>of(
                        fields.read("value", text -> new Added(new Content(Kind.STORED, text), expiresAt)),
                        fields.read("env", text -> new Added(references.variable(text, purpose), expiresAt)),
                        fields.read("file", text -> new Added(references.file(text, purpose), expiresAt)),
                        fields.read("id", text -> new Kept(UUID.fromString(text), expiresAt)))
                .<SecretDraft>flatMap(Optional::stream)
                .toList();
        fields.ignore(ANSWERED);
        if (Stream.of("value", "env", "file", "id").filter(fields::has).count() != 1) {
            fields.error(FORM);
            return Optional.empty();
        }
        var draft = drafts.stream().findFirst();
        draft.ifPresent(secret -> check(fields, check, secret));
        return draft;
    }

    /** That it can be used, as far as it can be had. */
    private void check(Fields fields, Consumer<String> check, SecretDraft draft) {
        try {
            if (draft instanceof Added added) {
                references.value(added.content()).ifPresent(check);
            }
        } catch (IllegalArgumentException e) {
            fields.error(String.valueOf(e.getMessage()));
        }
    }

    static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'%s' is not a time; write it like 2026-11-20T10:15:30Z".formatted(text), e);
        }
    }
}
