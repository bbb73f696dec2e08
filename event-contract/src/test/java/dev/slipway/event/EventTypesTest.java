package dev.slipway.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReportEvent.CustomReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTypesTest {

    @Test
    void everyRecordOfAnEventIsKnownByItsName() {
        // When
        var all = EventTypes.all();

        // Then
        assertThat(all)
                .hasSizeGreaterThan(40)
                .allMatch(type -> EventTypes.byName(type.getSimpleName()).orElseThrow() == type)
                .allMatch(type -> EventTypes.NAME.matcher(type.getSimpleName()).matches())
                .allMatch(Class::isRecord)
                .doesNotContain(CustomReport.class);
    }

    @Test
    void aNameWithoutARecordHasNone() {
        // When
        var type = EventTypes.byName("CoffeeBrewed");

        // Then
        assertThat(type).isEmpty();
    }

    @Test
    void theTypeHoldsTheName() {
        // When
        var type = EventTypes.typeOf(ReleaseRequested.class.getSimpleName());

        // Then
        assertThat(type).isEqualTo("dev.slipway.ReleaseRequested.v1");
    }

    @ParameterizedTest
    @CsvSource({
        "dev.slipway.MigrationDone.v1, MigrationDone",
        "dev.slipway.LoadTest2Done.v1, LoadTest2Done",
        "dev.slipway.A.v1, A"
    })
    void theNameIsReadFromTheType(String type, String expected) {
        // When
        var name = EventTypes.nameOf(type);

        // Then
        assertThat(name).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MigrationDone",
                "com.example.MigrationDone.v1",
                "dev.slipway.MigrationDone",
                "dev.slipway.MigrationDone.v2",
                "dev.slipway.MigrationDone.v11",
                "dev.slipway.migrationDone.v1",
                "dev.slipway.Migration-Done.v1",
                "dev.slipway..v1",
                "dev.slipway.MigrationDone.v1\n",
                "devxslipway.MigrationDone.v1"
            })
    void aTypeThatIsNotOneOfThisVersionHasNoName(String type) {
        // When
        var name = EventTypes.nameOf(type);

        // Then
        assertThat(name).isEmpty();
    }

    @Test
    void aNameHasAtMost100Characters() {
        // Given
        var longest = "A".repeat(100);

        // When
        var name = EventTypes.nameOf(EventTypes.typeOf(longest));

        // Then
        assertThat(name).contains(longest);
        assertThat(EventTypes.nameOf(EventTypes.typeOf(longest + "A"))).isEmpty();
    }
}
