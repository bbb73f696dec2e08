package dev.slipway.devstack.target;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is deployed: the live version and those before it, the schema's revision, and whether the live version is sick.
 * Each operation is done once for each idempotency key. Safe for use by several threads.
 */
final class Deployment {
    static final String FIRST_VERSION = "1.0.0";

    private final Clock clock;
    private final Deque<String> earlierVersions = new ArrayDeque<>();
    private final List<Deploy> deploys = new ArrayList<>();
    private final List<Rollback> rollbacks = new ArrayList<>();
    private final List<Migration> migrations = new ArrayList<>();
    private final Map<String, Done> doneByKey = new HashMap<>();
    private String version = FIRST_VERSION;
    private int schemaRevision = 1;
    private boolean sick;

    Deployment(Clock clock) {
        this.clock = clock;
    }

    /** What an operation made of the deployment. */
    sealed interface Outcome {}

    /** The operation was done, now or under the same key before. */
    record Live(String version, int schemaRevision) implements Outcome {}

    /** The operation cannot be done in this state; nothing changed. */
    record Impossible(String reason) implements Outcome {}

    /** The key was used for something else. */
    record KeyReused(String key) implements Outcome {}

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Deploy(Optional<String> key, String version, Instant at) {}

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Rollback(Optional<String> key, String to, Instant at) {}

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Migration(Optional<String> key, int to, Instant at) {}

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record State(
            String version,
            Optional<String> previousVersion,
            int schemaRevision,
            boolean sick,
            List<Deploy> deploys,
            List<Rollback> rollbacks,
            List<Migration> migrations) {}

    private record Done(String operation, Outcome outcome) {}

    /** Makes a version live. A new version is healthy; the live one deployed again stays as it is. */
    Outcome deploy(Optional<String> key, String newVersion) {
        return once(key, "deploy " + newVersion, () -> {
            if (!newVersion.equals(version)) {
                earlierVersions.push(version);
                version = newVersion;
                sick = false;
            }
            deploys.add(new Deploy(key, newVersion, clock.instant()));
            return live();
        });
    }

    /** Makes the version before the live one live again, and healthy: the sickness was the other version's. */
    Outcome rollback(Optional<String> key) {
        return once(key, "rollback", () -> {
            if (earlierVersions.isEmpty()) {
                return new Impossible("There is no version before " + version + " to roll back to.");
            }
            version = earlierVersions.pop();
            sick = false;
            rollbacks.add(new Rollback(key, version, clock.instant()));
            return live();
        });
    }

    Outcome upgradeSchema(Optional<String> key) {
        return once(key, "upgrade", () -> migrateTo(key, schemaRevision + 1));
    }

    Outcome downgradeSchema(Optional<String> key) {
        return once(
                key,
                "downgrade",
                () -> schemaRevision == 0
                        ? new Impossible("The schema is at revision 0; there is none below.")
                        : migrateTo(key, schemaRevision - 1));
    }

    synchronized void sicken(boolean nowSick) {
        sick = nowSick;
    }

    synchronized void reset() {
        version = FIRST_VERSION;
        schemaRevision = 1;
        sick = false;
        earlierVersions.clear();
        deploys.clear();
        rollbacks.clear();
        migrations.clear();
        doneByKey.clear();
    }

    synchronized State state() {
        return new State(
                version,
                Optional.ofNullable(earlierVersions.peek()),
                schemaRevision,
                sick,
                List.copyOf(deploys),
                List.copyOf(rollbacks),
                List.copyOf(migrations));
    }

    private Outcome migrateTo(Optional<String> key, int revision) {
        schemaRevision = revision;
        migrations.add(new Migration(key, revision, clock.instant()));
        return live();
    }

    private Live live() {
        return new Live(version, schemaRevision);
    }

    private synchronized Outcome once(Optional<String> key, String operation, Supplier<Outcome> work) {
        Optional<Done> done = key.map(doneByKey::get);
        if (done.isPresent()) {
            return done.get().operation().equals(operation) ? done.get().outcome() : new KeyReused(key.orElseThrow());
        }
        Outcome outcome = work.get();
        if (outcome instanceof Live) {
            key.ifPresent(name -> doneByKey.put(name, new Done(operation, outcome)));
        }
        return outcome;
    }
}
