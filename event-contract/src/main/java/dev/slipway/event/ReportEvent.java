package dev.slipway.event;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What CI, or anybody who may publish, reports of work that it did for a release. It is addressed to a release, or,
 * without a release's id, to the one that is active in the environment of its subject. Whatever else it carries is
 * kept as evidence.
 */
public sealed interface ReportEvent extends Event {

    /** The release that the work was done for. */
    Optional<UUID> releaseId();

    /** What else the reporter says, as JSON values. */
    Map<String, Object> details();

    @Override
    default Topic topic() {
        return Topic.RELEASES;
    }

    /** The environment's configuration is complete. */
    record ConfigurationVerified(
            Optional<UUID> releaseId,
            @JsonAnySetter @JsonAnyGetter Map<String, Object> details) implements ReportEvent {}

    /** The database was backed up. */
    record BackupDone(
            Optional<UUID> releaseId,
            @JsonAnySetter @JsonAnyGetter Map<String, Object> details) implements ReportEvent {}

    /** The new version was deployed. */
    record DeploymentDone(
            Optional<UUID> releaseId,
            @JsonAnySetter @JsonAnyGetter Map<String, Object> details) implements ReportEvent {}

    /** The schema was upgraded. */
    record MigrationDone(
            Optional<UUID> releaseId,
            @JsonAnySetter @JsonAnyGetter Map<String, Object> details) implements ReportEvent {}

    /** The schema was downgraded again. */
    record MigrationReverted(
            Optional<UUID> releaseId,
            @JsonAnySetter @JsonAnyGetter Map<String, Object> details) implements ReportEvent {}

    /** The mobile apps were built. */
    record MobileBuildDone(
            Optional<UUID> releaseId,
            @JsonAnySetter @JsonAnyGetter Map<String, Object> details) implements ReportEvent {}

    /**
     * A report of a team's own kind: a plan may await any name. Services that have no use for it skip it.
     *
     * @param name the name in its CloudEvents type
     */
    record CustomReport(String name, Optional<UUID> releaseId, Map<String, Object> details) implements ReportEvent {}
}
