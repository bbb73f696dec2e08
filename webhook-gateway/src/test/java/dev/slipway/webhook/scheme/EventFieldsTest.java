package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.EventJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventFieldsTest {

    private static final JsonPointer ID = JsonPointer.compile("/id");
    private static final JsonPointer DEEP = JsonPointer.compile("/data/0/a~1b");

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"id\":\"evt_1\"};evt_1",
                " { \"id\" : \"evt_1\" }\t;evt_1",
                "{\"\\u0069d\":\"evt\\u005f1\"};evt_1",
                "{\"a\":{\"id\":\"no\"},\"b\":[{\"id\":\"no\"}],\"id\":\"evt_1\"};evt_1",
                "{\"id\":17};17",
                "{\"id\":1.50e3};1.50e3",
                "{\"id\":true};true",
                "{\"id\":\"grün\"};grün",
                "{\"id\":null};",
                "{\"id\":{\"id\":1}};",
                "{\"id\":[1]};",
                "{\"ID\":1};",
                "{};",
                "[{\"id\":1}];",
                "\"id\";",
                "17;"
            })
    void findsAFieldThatIsAskedFor(String json, String text) {
        assertThat(read(json.getBytes(UTF_8))).map(fields -> fields.text(ID)).hasValue(Optional.ofNullable(text));
    }

    @Test
    void findsSeveralInOnePassHoweverDeep() {
        // Given
        var json = "{\"data\":[{\"a/b\":\"deep\",\"c\":1},{\"a/b\":\"other\"}],\"id\":\"1\"}";

        // When
        var fields = EventFields.read(json.getBytes(UTF_8), List.of(ID, DEEP));

        // Then
        assertThat(fields).map(it -> it.text(ID)).hasValue(Optional.of("1"));
        assertThat(fields).map(it -> it.text(DEEP)).hasValue(Optional.of("deep"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"id\":\"1\"",
                "{\"id\":\"1\"} {}",
                "{\"id\":\"1\"}x",
                "{\"id\":\"1\",}",
                "{'id':'1'}",
                "{id:1}",
                "{\"id\":01}",
                "{\"id\":NaN}",
                "{\"id\":\"1\",\"a\":\"\t\"}",
                "{\"id\":\"1\",\"a\":\"\\x\"}",
                "{\"id\":\"1\",\"a\":[1,2}",
                "{\"id\":\"1\"/* */}",
                "\uFEFF{\"id\":\"1\"}"
            })
    void refusesWhatIsNotOneJsonDocument(String json) {
        assertThat(read(json.getBytes(UTF_8))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"1\",\"id\":\"2\"}",
                "{\"id\":\"1\",\"\\u0069d\":\"1\"}",
                "{\"id\":{},\"id\":\"2\"}",
                "{\"id\":\"1\",\"a\":{},\"id\":null}"
            })
    void refusesAFieldThatIsAskedForAndStandsThereTwice(String json) {
        assertThat(read(json.getBytes(UTF_8))).isEmpty();
    }

    @Test
    void refusesAnObjectOnTheWayThatStandsThereTwice() {
        assertThat(EventFields.read(
                        "{\"event\":{\"id\":\"1\"},\"event\":{\"type\":\"a\"}}".getBytes(UTF_8),
                        List.of(JsonPointer.compile("/event/id"), JsonPointer.compile("/event/type"))))
                .isEmpty();
    }

    @Test
    void doesNotMindAFieldThatStandsThereTwiceWhereNobodyAsks() {
        assertThat(read("{\"id\":\"1\",\"row\":{\"a\":1,\"a\":2}}".getBytes(UTF_8)))
                .isPresent();
    }

    @Test
    void refusesOtherEncodings() {
        // Given
        var json = "{\"id\":\"1\",\"a\":\"ü\"}";

        // When
        var others =
                List.of(read(json.getBytes(ISO_8859_1)), read(json.getBytes(UTF_16)), read(json.getBytes(UTF_16LE)));

        // Then
        assertThat(others).allSatisfy(fields -> assertThat(fields).isEmpty());
    }

    /** An overlong slash, half of a surrogate pair, what lies beyond Unicode, a lonely byte, a cut letter. */
    @ParameterizedTest
    @ValueSource(strings = {"c0af", "eda080", "f5808080", "80", "c3"})
    void refusesWhatIsNotUtf8EvenWhereNobodyAsks(String hex) {
        // Given
        var text = new String(HexFormat.of().parseHex(hex), ISO_8859_1);
        var json = ("{\"id\":\"1\",\"a\":\"" + "x".repeat(3000) + text + "\"}").getBytes(ISO_8859_1);

        // When
        var fields = read(json);

        // Then
        assertThat(fields).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"998, true", "999, false", "5000, false"})
    void refusesADocumentThatWouldBeNestedTooDeeplyInAnEvent(int depth, boolean isRead) {
        // Given
        var json = "{\"id\":\"1\",\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}";

        // When
        var fields = read(json.getBytes(UTF_8));

        // Then
        assertThat(fields.isPresent()).isEqualTo(isRead);
        assertThat(canStandInAnEvent(json.getBytes(UTF_8))).isEqualTo(isRead);
    }

    @Property
    void whatIsReadCanStandInAnEvent(
            @ForAll("pieces") List<String> pieces, @ForAll @StringLength(max = 1) String end, @ForAll boolean whole) {
        // Given
        var joined = String.join("", pieces);
        var body = (whole ? joined + end : "{\"id\":\"1\",\"a\":%s}%s".formatted(joined, end)).getBytes(UTF_8);

        // When
        var fields = read(body);

        // Then
        assertThat(fields.isEmpty() || canStandInAnEvent(body)).isTrue();
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return Arbitraries.of(
                        "{",
                        "}",
                        "[",
                        "]",
                        ":",
                        ",",
                        "\"b\"",
                        "\"id\"",
                        "\"\\ud800\"",
                        "\"\\x\"",
                        "\"\t\"",
                        "\"€\"",
                        "'c'",
                        "1",
                        "-",
                        "01",
                        "1.",
                        "1e9",
                        "NaN",
                        "true",
                        "null",
                        " ",
                        "\n",
                        "\ufeff",
                        "/**/",
                        "\0")
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    private static boolean canStandInAnEvent(byte[] body) {
        var event = new ByteArrayOutputStream();
        event.writeBytes("{\"payload\":".getBytes(UTF_8));
        event.writeBytes(body);
        event.write('}');
        try {
            return EventJson.mapper().readTree(event.toByteArray()).size() == 1;
        } catch (IOException e) {
            return false;
        }
    }

    @Property
    void findsWhatWasWritten(@ForAll String id, @ForAll String name, @ForAll String other) throws Exception {
        // Given
        var json = EventJson.mapper()
                .writeValueAsString(
                        EventJson.mapper().createObjectNode().put(name, other).put("id", id));

        // When
        var fields = read(json.getBytes(UTF_8));

        // Then
        assertThat(fields).map(it -> it.text(ID)).hasValue(Optional.of(new String(id.getBytes(UTF_8), UTF_8)));
    }

    @Property
    void neverThrows(@ForAll byte[] body) {
        assertThat(read(body))
                .satisfiesAnyOf(
                        it -> assertThat(it).isEmpty(), it -> assertThat(it).isPresent());
    }

    private static Optional<EventFields> read(byte[] body) {
        return EventFields.read(body, List.of(ID));
    }
}
