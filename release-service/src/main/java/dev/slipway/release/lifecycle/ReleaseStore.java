package dev.slipway.release.lifecycle;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.messaging.TryAgainException;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.StepState;
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
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The states of releases, as rows. */
@Singleton
public class ReleaseStore {

    /** Any source's webhook will do. */
    private static final String ANY_SOURCE = "*";

    private static final String ACTIVE = "state IN ('RUNNING', 'PAUSED', 'ROLLING_BACK')";

    /** A release that changed, and the revision that it was read at. */
    record Changed(Release release, Plan plan, long readRevision) {}

    /**
     * Adds a release that was just asked for.
     *
     * @param committedAt when the commit was made that it is of
     */
    void add(Handle handle, Release release, Optional<Instant> committedAt) {
        handle.createUpdate("""
                        INSERT INTO release
                            (id, application, environment, version, state, revision, progress, hotfix, requested_at,
                             committed_at)
                        VALUES (:id, :application, :environment, :version, :state, :revision, :progress::jsonb,
                                :hotfix, :requestedAt, :committedAt)
                        """)
                .bind("id", release.id())
                .bind("application", release.subject().application())
                .bind("environment", release.subject().environment())
                .bind("version", release.version())
                .bind("state", release.state().name())
                .bind("revision", release.revision())
                .bind("progress", json(release))
                .bind("hotfix", release.isHotfix())
                .bind("requestedAt", release.requestedAt().atOffset(ZoneOffset.UTC))
                .bind("committedAt", utc(committedAt))
                .execute();
    }

    /**
     * Writes changed releases.
     *
     * @throws TryAgainException if one was changed by another since it was read
     */
    void save(Handle handle, Collection<Changed> changed) {
        // Who leaves an environment leaves it before the next one enters: at most one may be active, at every row.
        update(
                handle,
                changed.stream().filter(it -> it.release().state().ended()).toList());
        update(
                handle,
                changed.stream().filter(it -> !it.release().state().ended()).toList());
    }

    private static void update(Handle handle, List<Changed> changed) {
        if (changed.isEmpty()) {
            return;
        }
        var releases = changed.stream().map(Changed::release).toList();
        var saved = handle.createUpdate("""
                        UPDATE release SET state = new.state, revision = new.revision, progress = new.progress::jsonb,
                            awaits = string_to_array(new.awaits, ','), started_at = new.started_at,
                            ended_at = new.ended_at
                        FROM unnest(
                                :ids, :readRevisions, :states, :revisions, :progresses, :awaits, :startedAts, :endedAts)
                            AS new (id, read_revision, state, revision, progress, awaits, started_at, ended_at)
                        WHERE release.id = new.id AND release.revision = new.read_revision
                        """)
                .bindArray("ids", UUID.class, releases.stream().map(Release::id).toArray())
                .bindArray(
                        "readRevisions",
                        Long.class,
                        changed.stream().map(Changed::readRevision).toArray())
                .bindArray(
                        "states",
                        String.class,
                        releases.stream().map(it -> it.state().name()).toArray())
                .bindArray(
                        "revisions",
                        Long.class,
                        releases.stream().map(Release::revision).toArray())
                .bindArray(
                        "progresses",
                        String.class,
                        releases.stream().map(ReleaseStore::json).toArray())
                .bindArray(
                        "awaits",
                        String.class,
                        changed.stream().map(ReleaseStore::awaits).toArray())
                .bindArray(
                        "startedAts",
                        OffsetDateTime.class,
                        releases.stream().map(it -> utc(it.startedAt())).toArray())
                .bindArray(
                        "endedAts",
                        OffsetDateTime.class,
                        releases.stream().map(it -> utc(it.endedAt())).toArray())
                .execute();
        if (saved != changed.size()) {
            throw new TryAgainException("Another writer has changed a release since it was read");
        }
    }

    /** A release. */
    public Optional<Release> find(Handle handle, UUID id) {
        return all(handle, List.of(id)).stream().findFirst();
    }

    /** Releases by their ids. */
    List<Release> all(Handle handle, Collection<UUID> ids) {
        return handle.createQuery("SELECT progress FROM release WHERE id = ANY (:ids)")
                .bindArray("ids", UUID.class, ids.toArray())
                .map((row, context) -> release(row.getString("progress")))
                .list();
    }

    /** The release that is active in an environment. */
    public Optional<Release> active(Handle handle, Subject subject) {
        return active(handle, List.of(subject)).stream().findFirst();
    }

    /** The releases that are active in any of the environments. */
    List<Release> active(Handle handle, Collection<Subject> subjects) {
        return handle.createQuery("SELECT progress FROM release WHERE " + ACTIVE
                        + " AND (application, environment) IN (SELECT * FROM unnest(:applications, :environments))")
                .bindArray(
                        "applications",
                        String.class,
                        subjects.stream().map(Subject::application).toArray())
                .bindArray(
                        "environments",
                        String.class,
                        subjects.stream().map(Subject::environment).toArray())
                .map((row, context) -> release(row.getString("progress")))
                .list();
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

    /** The release whose turn is next: hotfixes first, then the one that has waited longest. */
    Optional<Release> nextInQueue(Handle handle, Subject subject, Collection<UUID> except) {
        return handle.createQuery("""
                        SELECT progress FROM release
                        WHERE application = :application AND environment = :environment AND state = 'QUEUED'
                          AND id <> ALL (:except)
                        ORDER BY hotfix DESC, requested_at, id LIMIT 1
                        """)
                .bind("application", subject.application())
                .bind("environment", subject.environment())
                .bindArray("except", UUID.class, except.toArray())
                .map((row, context) -> release(row.getString("progress")))
                .findOne();
    }

    /** Whether something is being done at a provider for a release of the environment, be it one that has ended. */
    public boolean isBusy(Handle handle, Subject subject) {
        return handle.createQuery(
                        "SELECT EXISTS (SELECT 1 FROM operation WHERE subject = :subject AND state = 'RUNNING')")
                .bind("subject", subject.toString())
                .mapTo(Boolean.class)
                .one();
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
    private static String awaits(Changed changed) {
        if (!changed.release().state().active()) {
            return "";
        }
        var sources = changed.release().steps().stream()
                .filter(step -> step.state().inFlight()
                        || (step.state() == StepState.PENDING && isOfCurrentPhase(changed, step)))
                .map(step -> changed.plan().step(step.ref()))
                .flatMap(ReleaseStore::awaited)
                .filter(awaited -> awaited.event().equals("WebhookVerified"))
                .map(awaited -> awaited.where().getOrDefault("source", ANY_SOURCE))
                // What a reference stands for, the engine knows.
                .map(source -> Template.references(source).isEmpty() ? source : ANY_SOURCE)
                .distinct()
                .toList();
        return String.join(",", sources);
    }

    private static boolean isOfCurrentPhase(Changed changed, StepProgress step) {
        var phase = changed.release().phase();
        return phase >= 0
                && changed.plan().phases().get(phase).name().equals(step.ref().phase());
    }

    private static Stream<Step.Awaited> awaited(Step step) {
        return step.action() instanceof Action.Await await ? Stream.of(await.event()) : step.until().stream();
    }

    private static @Nullable OffsetDateTime utc(Optional<Instant> time) {
        return time.map(it -> it.atOffset(ZoneOffset.UTC)).orElse(null);
    }

    private static String json(Release release) {
        try {
            return EventJson.mapper().writeValueAsString(release);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The release %s cannot be stored".formatted(release.id()), e);
        }
    }

    /** Reads a stored state. */
    static Release release(String progress) {
        try {
            return EventJson.mapper().readValue(progress, Release.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("A stored release cannot be read", e);
        }
    }
}
