package dev.slipway.release.lifecycle;

import static dev.slipway.messaging.Statements.flag;
import static dev.slipway.messaging.Statements.number;
import static dev.slipway.messaging.Statements.optionalTime;
import static dev.slipway.messaging.Statements.text;
import static dev.slipway.messaging.Statements.time;
import static dev.slipway.messaging.Statements.uuid;
import static java.util.stream.Collectors.groupingBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.messaging.Statements;
import dev.slipway.messaging.TryAgainException;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.StepState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Template;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The states of releases, as rows. */
@Singleton
public class ReleaseStore {

    /** Any source's webhook will do. */
    private static final String ANY_SOURCE = "*";

    /** How many of those that wait for an environment are read before it is known how many are needed. */
    static final int NEXT = 2;

    private static final String ACTIVE = "state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK')";

    /** A release that changed, and the revision that it was read at. */
    record Changed(Release release, Plan plan, long readRevision) {}

    /**
     * A release that is not stored yet.
     *
     * @param committedAt when the commit was made that it is of
     */
    record Added(Release release, Plan plan, Optional<Instant> committedAt) {

        Added as(Release after) {
            return new Added(after, plan, committedAt);
        }
    }

    /** Adds releases, in whatever state they are by now. */
    void add(Statements statements, Collection<Added> added) {
        statements.add(
                """
                INSERT INTO release
                    (id, application, environment, version, state, revision, progress, hotfix, awaits,
                     requested_at, committed_at, started_at, ended_at)
                SELECT id, application, environment, version, state, revision, progress::json, hotfix,
                       string_to_array(awaits, ','), requested_at, committed_at, started_at, ended_at
                FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    AS new (id, application, environment, version, state, revision, progress, hotfix, awaits,
                            requested_at, committed_at, started_at, ended_at)
                """,
                added,
                uuid(it -> it.release().id()),
                text(it -> it.release().subject().application()),
                text(it -> it.release().subject().environment()),
                text(it -> it.release().version()),
                text(it -> it.release().state().name()),
                number(it -> it.release().revision()),
                text(it -> json(it.release())),
                flag(it -> it.release().isHotfix()),
                text(it -> awaits(it.release(), it.plan())),
                time(it -> it.release().requestedAt()),
                optionalTime(Added::committedAt),
                optionalTime(it -> it.release().startedAt()),
                optionalTime(it -> it.release().endedAt()));
    }

    /**
     * Writes changed releases; throws {@link TryAgainException} when it is sent if one was changed by another since it
     * was read.
     */
    void save(Statements statements, Collection<Changed> changed) {
        // Who leaves an environment leaves it before the next one enters: at most one may be active, at every row.
        update(
                statements,
                changed.stream().filter(it -> it.release().state().ended()).toList());
        update(
                statements,
                changed.stream().filter(it -> !it.release().state().ended()).toList());
    }

    private static void update(Statements statements, List<Changed> changed) {
        statements.addForEach(
                """
                UPDATE release SET state = new.state, revision = new.revision, progress = new.progress::json,
                    awaits = string_to_array(new.awaits, ','), started_at = new.started_at, ended_at = new.ended_at
                FROM unnest(?, ?, ?, ?, ?, ?, ?, ?)
                    AS new (id, read_revision, state, revision, progress, awaits, started_at, ended_at)
                WHERE release.id = new.id AND release.revision = new.read_revision
                """,
                changed,
                Journal::lostRace,
                uuid(it -> it.release().id()),
                number(Changed::readRevision),
                text(it -> it.release().state().name()),
                number(it -> it.release().revision()),
                text(it -> json(it.release())),
                text(it -> awaits(it.release(), it.plan())),
                optionalTime(it -> it.release().startedAt()),
                optionalTime(it -> it.release().endedAt()));
    }

    /** Whether a release could not begin, as another has begun in its environment since that was looked at. */
    static boolean isPlaceLost(UnableToExecuteStatementException failure) {
        return failure.getCause() instanceof PSQLException refused
                && refused.getServerErrorMessage() instanceof ServerErrorMessage message
                && "release_active".equals(message.getConstraint());
    }

    /** A release. */
    public Optional<Release> find(Handle handle, UUID id) {
        return handle.createQuery("SELECT progress FROM release WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> release(row.getString("progress")))
                .findOne();
    }

    /** Releases by their ids, and those that are active in any of the environments. */
    List<Release> all(Handle handle, Collection<UUID> ids, Collection<Subject> subjects) {
        return handle.createQuery("SELECT progress FROM release WHERE id = ANY (:ids) UNION ALL "
                        + "SELECT progress FROM unnest(:applications, :environments) AS place (application, environment) "
                        + "JOIN release USING (application, environment) WHERE " + ACTIVE + " AND id <> ALL (:ids)")
                .bindArray("ids", UUID.class, ids.toArray())
                .bindArray("applications", String.class, each(subjects, Subject::application))
                .bindArray("environments", String.class, each(subjects, Subject::environment))
                .map((row, context) -> release(row.getString("progress")))
                .list();
    }

    /** The release that is active in an environment. */
    public Optional<Release> active(Handle handle, Subject subject) {
        return all(handle, List.of(), List.of(subject)).stream().findFirst();
    }

    /** What stands in the way back of a release that has ended: what came after it, or is still on its way. */
    public Optional<String> hindrance(Handle handle, Release release) {
        return handle.createQuery("""
                        SELECT id, version FROM release
                        WHERE application = :application AND environment = :environment AND started_at > :startedAt
                        ORDER BY started_at DESC LIMIT 1
                        """)
                .bind("application", release.subject().application())
                .bind("environment", release.subject().environment())
                .bind("startedAt", utc(release.startedAt()))
                .map((row, context) -> successor(row.getObject("id", UUID.class), row.getString("version")))
                .findOne()
                .or(() -> isBusy(handle, release.subject())
                        ? Optional.of("an operation of it is still under way; ask again when that has ended")
                        : Optional.empty());
    }

    /** Says that another release has begun since. */
    static String successor(UUID id, String version) {
        return "the release %s of %s has begun since; roll that one back".formatted(id, version);
    }

    /** The releases that a new one in the environment would wait for, in their order; at most so many. */
    public List<Release> ahead(Handle handle, Subject subject, int most) {
        return handle.createQuery("SELECT progress FROM release WHERE (" + ACTIVE + " OR state = 'QUEUED')"
                        + " AND application = :application AND environment = :environment"
                        + " ORDER BY state = 'QUEUED', hotfix DESC, requested_at, id LIMIT :most")
                .bind("application", subject.application())
                .bind("environment", subject.environment())
                .bind("most", most)
                .map((row, context) -> release(row.getString("progress")))
                .list();
    }

    /** The releases that wait for an environment, in the order of their turns. */
    List<Release> queue(Handle handle, Subject subject) {
        return handle.createQuery("""
                        SELECT progress FROM release
                        WHERE application = :application AND environment = :environment AND state = 'QUEUED'
                        ORDER BY hotfix DESC, requested_at, id
                        """)
                .bind("application", subject.application())
                .bind("environment", subject.environment())
                .map((row, context) -> release(row.getString("progress")))
                .list();
    }

    /** How many releases have their turn before a queued one. */
    public int queuedBefore(Handle handle, Release release) {
        return handle.createQuery("""
                        SELECT count(*) FROM release
                        WHERE application = :application AND environment = :environment AND state = 'QUEUED'
                          AND (NOT hotfix, requested_at, id) < (NOT :hotfix, :requestedAt, :id)
                        """)
                .bind("application", release.subject().application())
                .bind("environment", release.subject().environment())
                .bind("hotfix", release.isHotfix())
                .bind("requestedAt", release.requestedAt().atOffset(ZoneOffset.UTC))
                .bind("id", release.id())
                .mapTo(Integer.class)
                .one();
    }

    /**
     * How it stands in environments.
     *
     * @param busy where something is being done at a provider, be it for a release that has ended
     * @param next the releases whose turns are next in each; at most {@link #NEXT}
     */
    record Places(Set<Subject> busy, Map<Subject, List<Release>> next) {}

    /** How it stands in environments; with two statements, however many they are. */
    Places places(Handle handle, Collection<Subject> subjects) {
        var busy = handle.createQuery(
                        "SELECT DISTINCT subject FROM operation WHERE subject = ANY (:subjects) AND state = 'RUNNING'")
                .bindArray("subjects", String.class, each(subjects, Subject::toString))
                .map((row, context) -> Subject.parse(row.getString("subject")))
                .set();
        var next = handle.createQuery("""
                        SELECT progress FROM unnest(:applications, :environments) AS place (application, environment)
                        CROSS JOIN LATERAL (
                            SELECT progress FROM release
                            WHERE release.application = place.application AND release.environment = place.environment
                              AND state = 'QUEUED'
                            ORDER BY hotfix DESC, requested_at, id LIMIT :most) AS next
                        """)
                .bindArray("applications", String.class, each(subjects, Subject::application))
                .bindArray("environments", String.class, each(subjects, Subject::environment))
                .bind("most", NEXT)
                .map((row, context) -> release(row.getString("progress")))
                .collect(groupingBy(Release::subject));
        return new Places(busy, next);
    }

    /** Whether something is being done at a provider for a release of the environment, be it one that has ended. */
    public boolean isBusy(Handle handle, Subject subject) {
        return handle.createQuery(
                        "SELECT EXISTS (SELECT 1 FROM operation WHERE subject = :subject AND state = 'RUNNING')")
                .bind("subject", subject.toString())
                .mapTo(Boolean.class)
                .one();
    }

    /** What an operation that was not done met with when it was put off last. */
    Optional<String> setback(Handle handle, String workId) {
        return handle.createQuery("SELECT setback FROM operation WHERE key = :workId"
                        + " AND state <> 'SUCCEEDED' AND setback IS NOT NULL")
                .bind("workId", workId)
                .mapTo(String.class)
                .findOne();
    }

    /** The environments of active releases that await a webhook of the source. */
    List<Subject> awaitingWebhook(Handle handle, String source) {
        return handle.createQuery("SELECT application, environment FROM release WHERE " + ACTIVE
                        + " AND awaits <> '{}' AND awaits && ARRAY[:source, '" + ANY_SOURCE + "']::text[]")
                .bind("source", source)
                .map((row, context) -> new Subject(row.getString("application"), row.getString("environment")))
                .list();
    }

    /** The sources whose webhooks a step in flight awaits, separated by commas; none as the empty list. */
    private static String awaits(Release release, Plan plan) {
        if (!release.state().active()) {
            return "";
        }
        var sources = release.steps().stream()
                .filter(step -> step.state().inFlight()
                        || (step.state() == StepState.PENDING && isOfCurrentPhase(release, plan, step)))
                .map(step -> plan.step(step.ref()))
                .flatMap(ReleaseStore::awaited)
                .filter(awaited -> awaited.event().equals("WebhookVerified"))
                .map(awaited -> awaited.where().getOrDefault("source", ANY_SOURCE))
                // What a reference stands for, the engine knows.
                .map(source -> Template.references(source).isEmpty() ? source : ANY_SOURCE)
                .distinct()
                .toList();
        return String.join(",", sources);
    }

    private static boolean isOfCurrentPhase(Release release, Plan plan, StepProgress step) {
        var phase = release.phase();
        return phase >= 0 && plan.phases().get(phase).name().equals(step.ref().phase());
    }

    private static Stream<Step.Awaited> awaited(Step step) {
        return step.action() instanceof Action.Await await ? Stream.of(await.event()) : step.until().stream();
    }

    /** An array for a statement: a column of it. */
    private static <T> @Nullable Object[] each(Collection<T> rows, Function<T, @Nullable Object> column) {
        return rows.stream().map(column).toArray();
    }

    private static @Nullable OffsetDateTime utc(Optional<Instant> time) {
        return time.map(ReleaseStore::utc).orElse(null);
    }

    private static OffsetDateTime utc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    private static String json(Release release) {
        try {
            return EventJson.mapper().writeValueAsString(release);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The release %s cannot be stored".formatted(release.id()), e);
        }
    }

    /** A release as it is stored. */
    public static Release release(String progress) {
        try {
            return EventJson.mapper().readValue(progress, Release.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A stored release cannot be read", e);
        }
    }
}
