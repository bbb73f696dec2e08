package dev.slipway.release.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts with references. */
class TemplateTest {

    private static final Map<String, String> VALUES =
            Map.of("api", "https://x", "vars.api", "https://x", "release.version", "1.4.0", "odd", "$1\\ ${api}");

    @ParameterizedTest
    @CsvSource({
        "plain, plain",
        "${api}/health, https://x/health",
        "${api}${vars.api}, https://xhttps://x",
        "v${release.version}!, v1.4.0!",
        "${unknown}, ${unknown}",
        "${secrets.TOKEN}, ${secrets.TOKEN}",
        "$api ${, $api ${",
        "${}, ${}",
        "costs 5$, costs 5$",
        "${odd}, $1\\ ${api}",
    })
    void referencesAreFilledInOnceAndThoseWithoutAValueStay(String text, String expected) {
        assertThat(Template.fill(text, name -> Optional.ofNullable(VALUES.get(name))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer ${secrets.TOKEN}, Bearer <TOKEN>",
        "${secrets.A_1}${api}, <A_1>${api}",
        "${secrets.lower}, ${secrets.lower}",
        "none, none",
    })
    void secretsAreFilledInAtTheMomentOfUse(String text, String expected) {
        assertThat(Template.fillSecrets(text, name -> "<" + name + ">")).isEqualTo(expected);
    }

    @Test
    void everyTextOfAJsonValueIsFilledIn() {
        // When
        var filled = Template.fillAll(Map.of("a", List.of("x", 1, Map.of("b", "y")), "c", true), text -> text + "!");

        // Then
        assertThat(filled).isEqualTo(Map.of("a", List.of("x!", 1, Map.of("b", "y!")), "c", true));
    }

    @Test
    void theReferencesOfATextAreTold() {
        assertThat(Template.references("${a} and ${secrets.B}, not $c")).containsExactly("a", "secrets.B");
        assertThat(Template.secret("secrets.B")).contains("B");
        assertThat(Template.secret("secrets.b")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1.4.0, true", "5$ off, true", "{a}, true", "${secrets.TOKEN}, false", "a${, false", "a$, false"})
    void aTextFromOutsideMustNotBecomeAReference(String text, boolean expected) {
        assertThat(Template.isPlain(text)).isEqualTo(expected);
    }
}
