package dev.slipway.release.plan;

import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Pieces that plans use, every version of them, for ever. */
@Singleton
public class FragmentStore {

    private static final Pattern USE = Pattern.compile("([a-z0-9_-]+)(?:@([1-9][0-9]{0,8}))?");

    private final Clock clock;

    public FragmentStore(Clock clock) {
        this.clock = clock;
    }

    /**
     * A fragment as it was stored.
     *
     * @param version from 1
     */
    public record StoredFragment(String name, int version, String yaml, Instant storedAt, String storedBy) {}

    /**
     * Stores a fragment as the newest version, unless it is the newest version already.
     *
     * @return the version under which it stands
     */
    StoredFragment store(Handle handle, String name, String yaml, String by) {
        // Two who store at once get two versions, one after the other.
        handle.execute("SELECT pg_advisory_xact_lock(hashtext('fragment'), hashtext(?))", name);
        var newest = find(handle, name, Optional.empty());
        if (newest.filter(it -> it.yaml().equals(yaml)).isPresent()) {
            return newest.get();
        }
        var next =
                new StoredFragment(name, newest.map(StoredFragment::version).orElse(0) + 1, yaml, clock.instant(), by);
        handle.execute(
                "INSERT INTO fragment (name, version, yaml, stored_at, stored_by) VALUES (?, ?, ?, ?, ?)",
                name,
                next.version(),
                yaml,
                next.storedAt().atOffset(ZoneOffset.UTC),
                by);
        return next;
    }

    /** A version of a fragment; the newest if none is named. */
    Optional<StoredFragment> find(Handle handle, String name, Optional<Integer> version) {
        return handle.createQuery("""
                        SELECT * FROM fragment WHERE name = :name AND version = coalesce(:version, version)
                        ORDER BY version DESC LIMIT 1
                        """)
                .bind("name", name)
                .bind("version", version.orElse(null))
                .map(FragmentStore::stored)
                .findOne();
    }

    /**
     * The newest version of each fragment, by name.
     *
     * @param after only names after that one
     */
    List<StoredFragment> newest(Handle handle, String after, int limit) {
        return handle.createQuery("""
                        SELECT DISTINCT ON (name) * FROM fragment WHERE name > :after
                        ORDER BY name, version DESC LIMIT :limit
                        """)
                .bind("after", after)
                .bind("limit", limit)
                .map(FragmentStore::stored)
                .list();
    }

    /** The text of the fragment that a plan uses as {@code name}, its newest version, or as {@code name@version}. */
    public Optional<String> used(Handle handle, String use) {
        var matcher = USE.matcher(use);
        return matcher.matches()
                ? find(
                                handle,
                                matcher.group(1),
                                Optional.ofNullable(matcher.group(2)).map(Integer::valueOf))
                        .map(StoredFragment::yaml)
                : Optional.empty();
    }

    private static StoredFragment stored(ResultSet row, StatementContext context) throws SQLException {
        return new StoredFragment(
                row.getString("name"),
                row.getInt("version"),
                row.getString("yaml"),
                row.getObject("stored_at", OffsetDateTime.class).toInstant(),
                row.getString("stored_by"));
    }
}
