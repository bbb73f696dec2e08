package dev.slipway.webhook.source;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static java.util.stream.Collectors.toUnmodifiableSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import dev.slipway.http.Problem;
import dev.slipway.http.ProblemException;
import dev.slipway.messaging.Ids;
import dev.slipway.webhook.forward.ForwardStore;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SecretDraft.Kept;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceSecret.State;
import dev.slipway.webhook.source.SourceSecret.Value;
import dev.slipway.webhook.source.SourceSecret.Value.Unknown;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/**
 * The sources that the API set up, in PostgreSQL. A change takes the next revision, and with it the lock on the only row
 * that has it, so changes come one by one. The version of a source is the revision that changed it last.
 */
@Singleton
public class SourceStore {

    private static final Logger LOG = Logger.getLogger(SourceStore.class);

    private final Jdbi jdbi;
    private final SourceReader reader;
    private final SecretReferences references;
    private final ForwardStore forwards;
    private final Optional<SecretCipher> cipher;
    private final Clock clock;

    /** @throws ConfigurationException if the encryption key is none */
    public SourceStore(
            Jdbi jdbi,
            SourceReader reader,
            SecretReferences references,
            ForwardStore forwards,
            SetupConfig config,
            Clock clock) {
        this.jdbi = jdbi;
        this.reader = reader;
        this.references = references;
        this.forwards = forwards;
        this.clock = clock;
        try {
            this.cipher = config.encryptionKey().map(SecretCipher::of);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("SLIPWAY_ENCRYPTION_KEY " + e.getMessage(), e);
        }
    }

    /**
     * All sources, as they are at a revision.
     *
     * @param unreadable why a source cannot be read, by its name: a later version of Slipway may have stored it
     */
    record Snapshot(long revision, List<Source> sources, Map<String, String> unreadable) {}

    /**
     * A source as it was just stored.
     *
     * @param made the secrets that were made for its endpoints, by their names; they are not shown again
     */
    record Changed(Source source, Map<String, String> made) {}

    /** A change as it takes place: its transaction, its revision, and when. */
    private record Change(Handle handle, long revision, OffsetDateTime now) {}

    /**
     * A secret as it is stored.
     *
     * @param endpoint whose it is, if it is not the source's own
     * @param content the ciphertext of one that is {@link Kind#STORED}, else the name of the variable or file
     */
    private record StoredSecret(
            UUID id,
            String source,
            Optional<String> endpoint,
            Kind kind,
            String content,
            Instant addedAt,
            Optional<Instant> expiresAt) {}

    /** A source as it is stored. */
    private record StoredSource(String name, String definition, List<StoredSecret> secrets, Origin origin) {}

    /** Another one whenever something has changed. */
    long revision() {
        return jdbi.withHandle(SourceStore::revision);
    }

    Snapshot load() {
        return jdbi.inTransaction(TransactionIsolationLevel.REPEATABLE_READ, handle -> {
            var sources = new ArrayList<Source>();
            var unreadable = new HashMap<String, String>();
            for (var row : rows(handle, Optional.empty())) {
                try {
                    sources.add(source(row));
                } catch (UnreadableSourceException e) {
                    unreadable.put(row.name(), e.getMessage());
                }
            }
            return new Snapshot(revision(handle), sources, unreadable);
        });
    }

    /** Stores a source that there was not. */
    Changed create(SourceDraft draft) {
        var name = draft.settings().name();
        return change(change -> {
            var created = change.handle()
                    .createUpdate("""
                            INSERT INTO source (name, version, definition, created_at, changed_at)
                            VALUES (:name, :version, :definition::jsonb, :now, :now) ON CONFLICT DO NOTHING
                            """)
                    .bind("name", name)
                    .bind("version", change.revision())
                    .bind("definition", draft.definition().toString())
                    .bind("now", change.now())
                    .execute();
            if (created == 0) {
                throw ProblemException.conflict(
                        "There is a source '%s' already; change it with PUT /api/v1/sources/%s".formatted(name, name));
            }
            keep(change, name, Optional.empty(), "", draft.secrets().orElse(List.of()));
            var made = keepOfEndpoints(change, draft);
            // What a source of this name has left behind is not this one's.
            forwards.endAllBut(change.handle(), name, Set.of());
            return new Changed(source(change, name), made);
        });
    }

    /** Puts another description in a source's place. If it has secrets, those that it does not mention are deleted. */
    Changed replace(SourceDraft draft, Optional<Long> expectedVersion) {
        var name = draft.settings().name();
        return change(change -> {
            touch(change, name, expectedVersion);
            // As it is stored: one that this version cannot read is mended by another description.
            var before =
                    json(rows(change.handle(), Optional.of(name)).getFirst().definition());
            if (!text(before, "scheme")
                    .equalsIgnoreCase(draft.settings().scheme().label())) {
                throw new InvalidSourceException(List.of(new SourceError(
                        "scheme", "cannot change, because the secrets belong to it; set up another source")));
            }
            change.handle()
                    .createUpdate("UPDATE source SET definition = :definition::jsonb WHERE name = :name")
                    .bind("name", name)
                    .bind("definition", draft.definition().toString())
                    .execute();
            draft.secrets().ifPresent(secrets -> keep(change, name, Optional.empty(), "", secrets));
            var made = keepOfEndpoints(change, draft);
            forwards.endAllBut(change.handle(), name, endpointsOfBoth(before, draft));
            return new Changed(source(change, name), made);
        });
    }

    /**
     * Adds a secret, and deletes those that have expired.
     *
     * @param expireOthersIn after this long the others expire, if they do not earlier
     */
    Source add(String name, Added secret, Optional<Duration> expireOthersIn, Optional<Long> expectedVersion) {
        return change(change -> {
            touch(change, name, expectedVersion);
            change.handle()
                    .createUpdate(
                            "DELETE FROM source_secret WHERE source = :name AND endpoint IS NULL AND expires_at <= :now")
                    .bind("name", name)
                    .bind("now", change.now())
                    .execute();
            var others = secretsOf(change.handle(), name, Optional.empty());
            if (others.size() >= SourceReader.MOST_SECRETS) {
                throw ProblemException.conflict("The source '%s' has %d secrets, more is not possible; delete one"
                        .formatted(name, others.size()));
            }
            if (others.stream().map(this::content).anyMatch(Optional.of(secret.content())::equals)) {
                throw ProblemException.conflict("The source '%s' has this secret already".formatted(name));
            }
            expireOthersIn.ifPresent(time -> change.handle()
                    .createUpdate("""
                            UPDATE source_secret SET expires_at = least(expires_at, :end)
                            WHERE source = :name AND endpoint IS NULL
                            """)
                    .bind("name", name)
                    .bind("end", change.now().plus(time))
                    .execute());
            insert(change, name, Optional.empty(), secret);
            return source(change, name);
        });
    }

    /** Deletes a secret, unless it is the last. */
    Source remove(String name, UUID id, Optional<Long> expectedVersion) {
        return change(change -> {
            touch(change, name, expectedVersion);
            var secrets = secretsOf(change.handle(), name, Optional.empty());
            if (secrets.stream().noneMatch(secret -> secret.id().equals(id))) {
                throw ProblemException.notFound("The source '%s' has no secret %s".formatted(name, id));
            }
            if (secrets.size() == 1) {
                throw ProblemException.conflict(
                        "It is the only secret of the source '%s'; add another first, or delete the source"
                                .formatted(name));
            }
            delete(change, id);
            return source(change, name);
        });
    }

    /** Deletes a source with its secrets, and gives up what is on its way to its endpoints; its deliveries stay. */
    void delete(String name, Optional<Long> expectedVersion) {
        change(change -> {
            touch(change, name, expectedVersion);
            forwards.endAllBut(change.handle(), name, Set.of());
            return change.handle()
                    .createUpdate("DELETE FROM source WHERE name = :name")
                    .bind("name", name)
                    .execute();
        });
    }

    /** Encrypts with the first key what another one has encrypted; what no key decrypts stays as it is. */
    void encryptAnew() {
        cipher.ifPresent(it -> jdbi.useTransaction(handle -> {
            for (var secret : secrets(handle, Optional.empty())) {
                if (secret.kind() == Kind.STORED) {
                    content(secret)
                            .filter(content -> !it.isCurrent(secret.content()))
                            .ifPresent(content -> encryptAnew(handle, it, secret, content.text()));
                }
            }
        }));
    }

    private static void encryptAnew(Handle handle, SecretCipher cipher, StoredSecret secret, String value) {
        handle.createUpdate("UPDATE source_secret SET content = :content WHERE id = :id")
                .bind("id", secret.id())
                .bind("content", cipher.encrypt(secret.source(), secret.id(), value))
                .execute();
        LOG.infof("A secret of the source %s is encrypted with another key now", secret.source());
    }

    private <T> T change(Function<Change, T> work) {
        return jdbi.inTransaction(handle -> work.apply(new Change(
                handle,
                handle.createQuery("UPDATE source_revision SET revision = revision + 1 RETURNING revision")
                        .mapTo(Long.class)
                        .one(),
                clock.instant().atOffset(ZoneOffset.UTC))));
    }

    /** Makes it another version, if it is the expected one. */
    private static void touch(Change change, String name, Optional<Long> expectedVersion) {
        var version = change.handle()
                .createQuery("SELECT version FROM source WHERE name = :name")
                .bind("name", name)
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() -> notFound(name));
        if (expectedVersion.isPresent() && !expectedVersion.get().equals(version)) {
            throw new ProblemException(Problem.of(
                    412,
                    "Precondition failed",
                    "The source '%s' has changed since; get it again, and send its ETag with If-Match"
                            .formatted(name)));
        }
        change.handle()
                .createUpdate("UPDATE source SET version = :version, changed_at = :now WHERE name = :name")
                .bind("name", name)
                .bind("version", change.revision())
                .bind("now", change.now())
                .execute();
    }

    static ProblemException notFound(String name) {
        return ProblemException.notFound("There is no source '%s'; GET /api/v1/sources lists them".formatted(name));
    }

    /**
     * Leaves the endpoints with the secrets that are described, or as they are, and makes secrets for those that need one;
     * those that are not there any more are left with none. The lock of the change is held, so what another call has made
     * just before is seen here.
     *
     * @return the secrets that were made, by the names of the endpoints
     */
    private Map<String, String> keepOfEndpoints(Change change, SourceDraft draft) {
        var name = draft.settings().name();
        change.handle()
                .createUpdate("""
                        DELETE FROM source_secret
                        WHERE source = :name AND endpoint IS NOT NULL AND endpoint <> ALL (:endpoints)
                        """)
                .bind("name", name)
                .bindArray(
                        "endpoints",
                        String.class,
                        draft.endpoints().stream().map(EndpointDraft::name).toArray())
                .execute();
        var made = draft.generateSecrets(secrets(change.handle(), Optional.of(name)).stream()
                .flatMap(secret -> secret.endpoint().stream())
                .collect(toUnmodifiableSet()));
        var endpoints = draft.with(made).endpoints();
        for (var i = 0; i < endpoints.size(); i++) {
            var endpoint = endpoints.get(i);
            var path = "forwardTo[%d].".formatted(i);
            endpoint.secrets().ifPresent(secrets -> keep(change, name, Optional.of(endpoint.name()), path, secrets));
        }
        return made;
    }

    /**
     * The endpoints that there were and that there are. One that is new may have had a namesake, to which a replica that
     * did not know of its end has still forwarded something.
     */
    private static Set<String> endpointsOfBoth(JsonNode before, SourceDraft draft) {
        var endpoints = before.path("forwardTo")
                .valueStream()
                .map(endpoint -> text(endpoint, "name"))
                .collect(toSet());
        endpoints.retainAll(draft.endpoints().stream().map(EndpointDraft::name).toList());
        return endpoints;
    }

    /** Leaves a source, or an endpoint of it, with these secrets, and no others. */
    private void keep(Change change, String name, Optional<String> endpoint, String path, List<SecretDraft> drafts) {
        var kept = drafts.stream()
                .filter(Kept.class::isInstance)
                .map(draft -> ((Kept) draft).id())
                .toList();
        secretsOf(change.handle(), name, endpoint).stream()
                .map(StoredSecret::id)
                .filter(id -> !kept.contains(id))
                .forEach(id -> delete(change, id));
        for (var i = 0; i < drafts.size(); i++) {
            switch (drafts.get(i)) {
                case Added added -> insert(change, name, endpoint, added);
                case Kept draft
                when !expire(change, name, endpoint, draft) ->
                    throw new InvalidSourceException(List.of(new SourceError(
                            "%ssecrets[%d].id".formatted(path, i), "is of no secret that the source has")));
                case Kept draft -> {}
            }
        }
    }

    private static boolean expire(Change change, String name, Optional<String> endpoint, Kept secret) {
        return change.handle()
                        .createUpdate("""
                                UPDATE source_secret SET expires_at = :end
                                WHERE source = :name AND endpoint IS NOT DISTINCT FROM :endpoint::text AND id = :id
                                """)
                        .bind("name", name)
                        .bind("endpoint", endpoint)
                        .bind("id", secret.id())
                        .bind("end", secret.expiresAt().map(end -> end.atOffset(ZoneOffset.UTC)))
                        .execute()
                == 1;
    }

    private static void delete(Change change, UUID id) {
        change.handle()
                .createUpdate("DELETE FROM source_secret WHERE id = :id")
                .bind("id", id)
                .execute();
    }

    private void insert(Change change, String name, Optional<String> endpoint, Added secret) {
        var id = Ids.next();
        var content = secret.content();
        change.handle()
                .createUpdate("""
                        INSERT INTO source_secret (id, source, endpoint, kind, content, added_at, expires_at)
                        VALUES (:id, :name, :endpoint, :kind, :content, :now, :end)
                        """)
                .bind("id", id)
                .bind("name", name)
                .bind("endpoint", endpoint)
                .bind("kind", content.kind())
                .bind("content", content.kind() == Kind.STORED ? encrypt(name, id, content.text()) : content.text())
                .bind("now", change.now())
                .bind("end", secret.expiresAt().map(end -> end.atOffset(ZoneOffset.UTC)))
                .execute();
    }

    private String encrypt(String source, UUID id, String value) {
        return cipher.orElseThrow(
                        () -> ProblemException.unprocessable(
                                "A secret is stored encrypted, and the gateway has no key for that: make one with 'openssl rand -base64 32', and start the gateway with it as SLIPWAY_ENCRYPTION_KEY. Or name a variable of the gateway's environment instead: {\"env\": \"…_WEBHOOK_SECRET\"}, for an endpoint {\"env\": \"…_FORWARD_SECRET\"}"))
                .encrypt(source, id, value);
    }

    private static long revision(Handle handle) {
        return handle.createQuery("SELECT revision FROM source_revision")
                .mapTo(Long.class)
                .one();
    }

    private Source source(Change change, String name) {
        return source(rows(change.handle(), Optional.of(name)).getFirst());
    }

    /** The sources as they are stored, or just one of them. */
    private static List<StoredSource> rows(Handle handle, Optional<String> name) {
        var secrets = secrets(handle, name).stream().collect(groupingBy(StoredSecret::source));
        return handle.createQuery("SELECT * FROM source WHERE name = coalesce(:name, name)")
                .bind("name", name)
                .map((row, context) -> new StoredSource(
                        row.getString("name"),
                        row.getString("definition"),
                        secrets.getOrDefault(row.getString("name"), List.of()),
                        new Origin.Api(row.getLong("version"), instant(row, "created_at"), instant(row, "changed_at"))))
                .list();
    }

    private Source source(StoredSource stored) {
        var draft = draft(stored.name(), stored.definition());
        var settings = draft.settings();
        var secrets = stored.secrets();
        return new Source(
                settings,
                of(secrets, Optional.empty())
                        .map(secret -> secret(secret, content -> references.secret(content, settings.scheme())))
                        .toList(),
                stored.origin(),
                draft.endpoints().stream()
                        .map(endpoint -> endpoint(endpoint, secrets))
                        .toList());
    }

    private SourceEndpoint endpoint(EndpointDraft draft, List<StoredSecret> secrets) {
        return new SourceEndpoint(
                draft.endpoint(),
                of(secrets, Optional.of(draft.name()))
                        .map(secret -> secret(secret, content -> references.signingSecret(content, secret.expiresAt())))
                        .toList());
    }

    private SourceSecret secret(StoredSecret stored, Function<Content, Value> reader) {
        return new SourceSecret(
                Optional.of(stored.id()),
                stored.kind(),
                stored.kind() == Kind.STORED ? Optional.empty() : Optional.of(stored.content()),
                Optional.of(stored.addedAt()),
                stored.expiresAt(),
                content(stored).map(reader).orElseGet(this::undecrypted));
    }

    private Value undecrypted() {
        return new Unknown(
                State.UNREADABLE,
                cipher.isPresent()
                        ? "None of the keys in SLIPWAY_ENCRYPTION_KEY decrypts it; add the one that it was stored with"
                        : "The gateway has no key to decrypt it; start it with the SLIPWAY_ENCRYPTION_KEY it was stored with");
    }

    /** What is stored, decrypted; nothing if it cannot be. */
    private Optional<Content> content(StoredSecret stored) {
        return stored.kind() == Kind.STORED
                ? cipher.flatMap(it -> it.decrypt(stored.source(), stored.id(), stored.content()))
                        .map(value -> new Content(Kind.STORED, value))
                : Optional.of(new Content(stored.kind(), stored.content()));
    }

    /** Those of a source itself, or of an endpoint of it. */
    private static List<StoredSecret> secretsOf(Handle handle, String source, Optional<String> endpoint) {
        return of(secrets(handle, Optional.of(source)), endpoint).toList();
    }

    private static Stream<StoredSecret> of(List<StoredSecret> secrets, Optional<String> endpoint) {
        return secrets.stream().filter(secret -> secret.endpoint().equals(endpoint));
    }

    /** The secrets of all sources, or of one, with those of its endpoints, in the order in which they were added. */
    private static List<StoredSecret> secrets(Handle handle, Optional<String> source) {
        return handle.createQuery("SELECT * FROM source_secret WHERE source = coalesce(:source, source) ORDER BY id")
                .bind("source", source)
                .map((row, context) -> new StoredSecret(
                        row.getObject("id", UUID.class),
                        row.getString("source"),
                        Optional.ofNullable(row.getString("endpoint")),
                        Kind.valueOf(row.getString("kind")),
                        row.getString("content"),
                        instant(row, "added_at"),
                        Optional.ofNullable(row.getObject("expires_at", OffsetDateTime.class))
                                .map(OffsetDateTime::toInstant)))
                .list();
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private SourceDraft draft(String name, String definition) {
        try {
            return reader.readStored(json(definition));
        } catch (InvalidSourceException e) {
            throw new UnreadableSourceException(
                    "The source '%s' in the database cannot be read by this version of Slipway (%s); start the one that stored it, put another description in its place with PUT /api/v1/sources/%s, or delete it"
                            .formatted(name, e.getMessage(), name),
                    e);
        }
    }

    private static JsonNode json(String definition) {
        try {
            return EventJson.mapper().readTree(definition);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("PostgreSQL's jsonb is JSON", e);
        }
    }

    private static String text(JsonNode object, String field) {
        return object.path(field).asText().strip();
    }

    /** There is such a source, but this version cannot read it; the message says why, and what to do. */
    static final class UnreadableSourceException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UnreadableSourceException(String message, Exception cause) {
            super(message, cause);
        }
    }
}
