package dev.slipway.release.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.Subject;
import dev.slipway.release.Api;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of plans. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class PlanStoreTest {

    private static final String PLAN = """
            application: %s
            environment: staging
            phases:
              - name: mobile
                steps:
                  - { name: android, await: { event: AndroidBuilt } }
                  - { name: ios, needs: [android], await: { event: IosBuilt } }
                  - { name: announce, await: { event: Announced } }
            """;

    @Inject
    PlanStore plans;

    @Inject
    Jdbi jdbi;

    private Subject stored(int format) {
        var subject = new Subject(Api.application(), "staging");
        jdbi.useHandle(handle -> handle.execute(
                """
                INSERT INTO plan (application, environment, version, yaml, format, stored_at, stored_by)
                VALUES (?, ?, 1, ?, ?, now(), 'ada')
                """, subject.application(), subject.environment(), PLAN.formatted(subject.application()), format));
        return subject;
    }

    @Test
    void aPlanKeepsTheMeaningThatItHadWhenItWasStored() {
        // Given
        var subject = stored(1);

        // When
        var plan = jdbi.withHandle(handle -> plans.plan(handle, subject, 1));

        // Then
        assertThat(plan.step(new StepRef("mobile", "announce")).needs()).containsExactly("ios");
    }

    @Test
    void aPlanOfTodayIsStoredWithTheFormatOfToday() {
        // Given
        var subject = new Subject(Api.application(), "staging");
        var yaml = PLAN.formatted(subject.application());

        // When
        jdbi.useTransaction(handle -> plans.store(handle, subject, yaml, Map.of(), "ada"));

        // Then
        var plan = jdbi.withHandle(handle -> plans.plan(handle, subject, 1));
        assertThat(plan.step(new StepRef("mobile", "announce")).needs()).isEmpty();
    }

    @Test
    void aPlanThatANewerSlipwayStoredIsNotGuessedAt() {
        // Given
        var subject = stored(99);

        // Then
        assertThatThrownBy(() -> jdbi.useHandle(handle -> plans.plan(handle, subject, 1)))
                .hasMessageContaining("a newer one stored it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE plan SET yaml = '' WHERE application = ?",
                "DELETE FROM plan WHERE application = ?",
            })
    void aVersionIsKeptForEver(String sql) {
        // Given
        var subject = stored(2);

        // Then
        assertThatThrownBy(() -> jdbi.useHandle(handle -> handle.execute(sql, subject.application())))
                .hasMessageContaining("A version of a plan is kept as it is, for ever");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plan_for_ever", "fragment_for_ever"})
    void nobodyChangesAVersionByReplication(String trigger) {
        // When
        var whenItFires =
                jdbi.withHandle(handle -> handle.select("SELECT tgenabled FROM pg_trigger WHERE tgname = ?", trigger)
                        .mapTo(String.class)
                        .one());

        // Then: always, also where session_replication_role says that triggers are not to fire
        assertThat(whenItFires).isEqualTo("A");
    }
}
