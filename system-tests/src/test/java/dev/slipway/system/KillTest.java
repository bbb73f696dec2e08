package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.demo.Player;
import dev.slipway.devstack.demo.Player.Course;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("kill -9 of any service, at any moment of a release")
class KillTest {

    private final SlipwaySystem slipway = SlipwaySystem.shared();

    /** When the service is killed, and how the release goes. */
    private enum Moment {
        /** Before the schema's upgrade is reported. */
        MIGRATING(Course.WELL, "migration.upgrade", "SUCCEEDED"),
        /** When the target has been deployed, and has not answered yet. */
        DEPLOYING(Course.WELL, "migration.deploy", "SUCCEEDED"),
        /** While the monitors watch. */
        SOAKING(Course.WELL, "go-live.soak", "SUCCEEDED"),
        /** When the app is reverted, and the schema is not yet. */
        GOING_BACK(Course.SICK, "rollback.downgrade-schema", "ROLLED_BACK");

        private final Course course;
        private final String step;
        private final String end;

        Moment(Course course, String step, String end) {
            this.course = course;
            this.step = step;
            this.end = end;
        }
    }

    static Stream<Arguments> everyServiceAtEveryMoment() {
        return SlipwaySystem.SERVICES.stream()
                .flatMap(service -> Stream.of(Moment.values()).map(moment -> Arguments.of(service, moment)));
    }

    @ParameterizedTest(name = "{0} killed while {1}")
    @MethodSource("everyServiceAtEveryMoment")
    void endsInTheRightStateWithNothingDoneTwice(String service, Moment moment) throws Exception {
        // Given
        var player = slipway.player("kill-%s-%s".formatted(service, moment.ordinal()));
        player.prepare();
        slipway.slowDown(Duration.ofSeconds(1));
        var killed = new AtomicBoolean();

        // When
        var status = player.play("2.0.0", moment.course, seen -> {
            if (waitsFor(seen, moment.step) && killed.compareAndSet(false, true)) {
                slipway.service(service).kill();
                slipway.service(service).restart();
            }
        });

        // Then
        assertThat(killed).as("the moment came").isTrue();
        assertThat(status.path("state").asText()).isEqualTo(moment.end);
        var release = UUID.fromString(status.path("id").asText());
        slipway.service(service).awaitReady();
        assertTargetWasChangedOnce(moment);
        assertOperationsWereDoneOnce(release, moment);
        assertJournalIsWhole(release, status.path("revision").asLong());
        assertWebhooksArePublishedOnce(release);
        assertEachNewsIsToldOnce(release, moment);
    }

    private void assertTargetWasChangedOnce(Moment moment) throws Exception {
        var target = slipway.targetState();
        assertThat(target.path("deploys")).as("deployments of the target").hasSize(1);
        assertThat(target.path("rollbacks"))
                .as("rollbacks of the target")
                .hasSize(moment.course == Course.SICK ? 1 : 0);
        assertThat(target.path("version").asText()).isEqualTo(moment.course == Course.SICK ? "1.0.0" : "2.0.0");
        assertThat(target.path("sick").asBoolean()).isFalse();
    }

    private void assertOperationsWereDoneOnce(UUID release, Moment moment) throws Exception {
        var operations =
                slipway.rows("SELECT key || ' ' || state FROM release.operation WHERE release_id = '%s' ORDER BY key"
                        .formatted(release));
        var expected = new ArrayList<>(List.of(release + "/migration/deploy/1 SUCCEEDED"));
        if (moment.course == Course.SICK) {
            expected.add(release + "/rollback/revert-app/1 SUCCEEDED");
        }
        assertThat(operations).containsExactlyElementsOf(expected);
    }

    private void assertJournalIsWhole(UUID release, long revision) throws Exception {
        var seqs =
                slipway.rows("SELECT seq FROM release.journal WHERE release_id = '%s' ORDER BY seq".formatted(release));
        assertThat(seqs)
                .containsExactlyElementsOf(LongStream.rangeClosed(0, revision)
                        .mapToObj(Long::toString)
                        .toList());
    }

    private void assertWebhooksArePublishedOnce(UUID release) throws Exception {
        for (var delivery : List.of(
                "stripe&eventId=" + Player.stripeEvent(release),
                "revenuecat&eventId=" + Player.revenueCatEvent(release))) {
            var deliveries = slipway.api("webhook-gateway", "/api/v1/deliveries?source=" + delivery);
            assertThat(deliveries.path("items")).hasSize(1);
        }
    }

    private void assertEachNewsIsToldOnce(UUID release, Moment moment) {
        var expected = moment.course == Course.SICK
                ? List.of(
                        "ApprovalRequested",
                        "HealthDegraded",
                        "ReleaseStarted",
                        "RollbackCompleted",
                        "RollbackStarted",
                        "StepFailed")
                : List.of("ApprovalRequested", "ReleaseStarted", "ReleaseSucceeded");
        await("the notifier").atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            var told = new ArrayList<String>();
            var texts = new ArrayList<String>();
            var notifications = slipway.api("notifier", "/api/v1/notifications?limit=100&releaseId=" + release);
            for (var notification : notifications.path("items")) {
                assertThat(notification.path("state").asText()).isEqualTo("SENT");
                told.add(notification.path("about").asText());
                texts.add(notification.path("text").asText());
            }
            // A second monitor may find the target ill before the way back ends: that is other news.
            assertThat(new HashSet<>(told)).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(texts).doesNotHaveDuplicates();
        });
    }

    private static boolean waitsFor(JsonNode status, String step) {
        for (var waiting : status.path("waitingFor")) {
            if (waiting.path("step").asText().equals(step)) {
                return true;
            }
        }
        return false;
    }
}
