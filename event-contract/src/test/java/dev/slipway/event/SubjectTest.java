package dev.slipway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectTest {

    @ParameterizedTest
    @CsvSource({
        "solacore/production, solacore, production",
        "a/b, a, b",
        "0/9, 0, 9",
        "shop.api_v2-eu/pre-prod.1, shop.api_v2-eu, pre-prod.1"
    })
    void isReadFromApplicationAndEnvironment(String text, String application, String environment) {
        // When
        var subject = Subject.parse(text);

        // Then
        assertThat(subject).isEqualTo(new Subject(application, environment)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "solacore", "stripe"})
    void needsASlash(String text) {
        // When
        assertThatThrownBy(() -> Subject.parse(text))
                // Then
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'%s' is not of the form application/environment", text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Solacore",
                "sola core",
                "-solacore",
                "solacore-",
                ".solacore",
                "solacore_",
                "sola/core",
                "sölacore",
                "solacore\n",
                "../solacore"
            })
    void refusesANameThatWouldNotStandInAUrlOrAFileName(String name) {
        // When
        assertThatThrownBy(() -> new Subject("solacore", name))
                // Then
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The environment '%s' must be", name);
        assertThatThrownBy(() -> new Subject(name, "production"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The application '%s' must be", name);
    }

    @Property
    void whatIsWrittenIsReadBack(@ForAll("names") String application, @ForAll("names") String environment) {
        // Given
        var subject = new Subject(application, environment);

        // When
        var read = Subject.parse(subject.toString());

        // Then
        assertThat(read).isEqualTo(subject);
    }

    @Property
    void anyTextIsEitherASubjectOrRefusedWithAReason(@ForAll String text) {
        try {
            // When
            var subject = Subject.parse(text);

            // Then
            assertThat(subject).hasToString(text);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("'");
        }
    }

    @Property
    void aNameIsAtMost63CharactersLong(@ForAll("names") String name) {
        // Given
        var tooLong = name.repeat(64);

        // When
        assertThatThrownBy(() -> new Subject(tooLong, "production"))
                // Then
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Subject("x".repeat(63), name).environment()).isEqualTo(name);
    }

    @Provide
    Arbitrary<String> names() {
        var ends = Arbitraries.strings().withCharRange('a', 'z').numeric().ofLength(1);
        var middle = Arbitraries.strings()
                .withCharRange('a', 'z')
                .numeric()
                .withChars('.', '_', '-')
                .ofMaxLength(61);
        return Combinators.combine(ends, middle, ends).as((first, between, last) -> first + between + last);
    }
}
