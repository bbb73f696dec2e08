package dev.slipway.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionTest {

    private static final String BODY = """
            {"status": "healthy", "version": "1.10", "commit": "0123", "load": 0.50, "big": 1e3, "ready": true,
             "error": null, "empty": "", "items": [{"name": "a", "tags": ["x", "y"]}, {"name": "b"}],
             "note": "a == b (really)", "dash-ed": 7}
            """;

    private static final Observation ANSWER = new Observation(
            true,
            OptionalInt.of(200),
            Optional.of(Duration.ofMillis(412)),
            Optional.of(BODY),
            Optional.of(Duration.ofDays(13).plusHours(4)),
            Optional.of("192.0.2.7"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [STATUS] == 200                          | true  | 200
            [STATUS] == 201                          | false | 200
            [STATUS] != 201                          | true  | 200
            [STATUS] < 300                           | true  | 200
            [STATUS] <= 200                          | true  | 200
            [STATUS] > 200                           | false | 200
            [STATUS] >= 200                          | true  | 200
            [STATUS]==200                            | true  | 200
            200 == [STATUS]                          | true  | 200
            300 > [STATUS]                           | true  | 200
            200 >= [STATUS]                          | true  | 200
            200 < [STATUS]                           | false | 200
            201 <= [STATUS]                          | false | 200
            [STATUS] == any(200, 204)                | true  | 200
            [STATUS] == any(201, 204)                | false | 200
            [STATUS] != any(201, 204)                | true  | 200
            [STATUS] == pat(2*)                      | true  | 200
            [STATUS] == pat(5*)                      | false | 200
            [STATUS] == any(404, pat(2??))           | true  | 200
            [RESPONSE_TIME] < 500                    | true  | 412 ms
            [RESPONSE_TIME] < 300                    | false | 412 ms
            [RESPONSE_TIME] < 1s                     | true  | 412 ms
            [RESPONSE_TIME] <= 412ms                 | true  | 412 ms
            [CERTIFICATE_EXPIRATION] > 48h           | true  | 13d4h
            [CERTIFICATE_EXPIRATION] > 14d           | false | 13d4h
            [CONNECTED] == true                      | true  | true
            [CONNECTED] != true                      | false | true
            [IP] == 192.0.2.7                        | true  | 192.0.2.7
            [IP] == pat(192.*)                       | true  | 192.0.2.7
            [BODY].status == healthy                 | true  | healthy
            [BODY].status == "healthy"               | true  | healthy
            [BODY].status == UP                      | false | healthy
            [BODY].status != UP                      | true  | healthy
            [BODY].status == any(UP, healthy)        | true  | healthy
            [BODY].status == pat(h*thy)              | true  | healthy
            [BODY].status == pat("h?*y**")           | true  | healthy
            [BODY].status == pat(heal)               | false | healthy
            [BODY].version == 1.10                   | true  | 1.10
            [BODY].version == 1.1                    | false | 1.10
            [BODY].version > 1.9                     | false | 1.10
            [BODY].commit == 123                     | false | 0123
            [BODY].load == 0.5                       | true  | 0.5
            [BODY].load < 0.75                       | true  | 0.5
            [BODY].big == 1000                       | true  | 1E+3
            [BODY].status > gone                     | true  | healthy
            [BODY].ready == true                     | true  | true
            [BODY].error == null                     | true  | null
            [BODY].empty == ""                       | true  | nothing
            [BODY].items[0].name == a                | true  | a
            [BODY].items[0].tags[1] == y             | true  | y
            [BODY].items[1] == {"name":"b"}          | true  | {"name":"b"}
            [BODY].items[name:"b"] == {"name":"b"}   | true  | {"name":"b"}
            [BODY].items[name:"a"].tags == pat(*y*)  | true  | ["x","y"]
            [BODY].items[name:"b"].name == b         | true  | b
            len([BODY].items[name:"a"].tags) == 2    | true  | 2
            has([BODY].items[name:"c"]) == true      | false | false
            has([BODY].items[name:"c=d"]) == false   | true  | false
            has([BODY].status[name:"b"]) == false    | true  | false
            [BODY].dash-ed == 7                      | true  | 7
            [BODY].note == "a == b (really)"         | true  | a == b (really)
            [BODY].items[0].name == [BODY].items[1].name | false | a
            [BODY].items[0].name != [BODY].items[1].name | true  | a
            [BODY].load < [BODY].big                 | true  | 0.5
            len([BODY].items) == 2                   | true  | 2
            len([BODY].items) > 2                    | false | 2
            2 == len([BODY].items)                   | true  | 2
            len([BODY].items[1]) == 1                | true  | 1
            len([BODY].status) == 7                  | true  | 7
            len([BODY]) == 11                        | true  | 11
            has([BODY].error) == true                | true  | true
            has([BODY].fault) == false               | true  | false
            has([BODY].items[2]) == true             | false | false
            has([BODY]) == true                      | true  | true
            [BODY] == pat(*"healthy"*)               | true  | {"status": "healthy", "version": "1.10", "commit": "0123", "load": 0.50, "big": 1e3, "ready": true, …
            """)
    void holdsOrNotAsTheAnswerIs(String condition, boolean satisfied, String actual) {
        // When
        var outcome = Condition.parse(condition).evaluate(ANSWER);

        // Then
        assertThat(outcome).isEqualTo(new Outcome(condition, satisfied, actual));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [BODY].staus == healthy       | [BODY].staus is missing
            [BODY].staus != healthy       | [BODY].staus is missing
            [BODY].items[5].name == a     | [BODY].items[5].name is missing
            [BODY].status[0] == h         | [BODY].status[0] is missing
            [BODY].items[name:"b"].tags == pat(*x*) | [BODY].items[name:"b"].tags is missing
            [BODY].items[name:"c"].name != c | [BODY].items[name:"c"].name is missing
            [BODY].status == [BODY].other | [BODY].other is missing
            [BODY].load < [BODY].other    | [BODY].other is missing
            len([BODY].fault) == 0        | [BODY].fault is missing
            """)
    void whatIsMissingSatisfiesNothingAndSaysSo(String condition, String actual) {
        // When
        var outcome = Condition.parse(condition).evaluate(ANSWER);

        // Then
        assertThat(outcome).isEqualTo(new Outcome(condition, false, actual));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [STATUS] == 200               | no status was received
            [STATUS] != 500               | no status was received
            [RESPONSE_TIME] < 300         | there was no response
            [BODY] != x                   | there was no response
            [BODY].status == healthy      | there was no response
            len([BODY]) == 0              | there was no response
            has([BODY].error) == false    | there was no response
            [CERTIFICATE_EXPIRATION] > 1h | no certificate was seen
            [CONNECTED] == true           | false
            [IP] == 192.0.2.7             | no address was connected to
            """)
    void withoutAnAnswerNothingHolds(String condition, String actual) {
        // When
        var outcome = Condition.parse(condition).evaluate(Observation.notConnected());

        // Then
        assertThat(outcome).isEqualTo(new Outcome(condition, false, actual));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [BODY].status == healthy    | false | the body is not JSON
            has([BODY].status) == false | false | the body is not JSON
            len([BODY].status) == 1     | false | the body is not JSON
            [BODY] == pat(<h1>*)        | true  | <h1>Hello, wörld</h1>
            len([BODY]) == 21           | true  | 21
            """)
    void aBodyThatIsNotJsonIsText(String condition, boolean satisfied, String actual) {
        // When
        var outcome =
                Condition.parse(condition).evaluate(Observation.answered(200, Duration.ZERO, "<h1>Hello, wörld</h1>"));

        // Then
        assertThat(outcome).isEqualTo(new Outcome(condition, satisfied, actual));
    }

    @Test
    void whatIsShownIsProperTextWhateverTheBodyHolds() {
        // When
        var outcome = Condition.parse("[BODY].status == healthy")
                .evaluate(Observation.answered(200, Duration.ZERO, "{\"status\": \"a\\u0000b\\n\\ud800c\"}"));

        // Then
        assertThat(outcome.actual()).isEqualTo("a b ?c");
    }

    @Test
    void anExpiredCertificateSaysSinceWhen() {
        // When
        var outcome = Condition.parse("[CERTIFICATE_EXPIRATION] > 0")
                .evaluate(Observation.certified(Duration.ofHours(-49), Duration.ofMillis(30)));

        // Then
        assertThat(outcome.satisfied()).isFalse();
        assertThat(outcome.actual()).isEqualTo("expired 2d1h ago");
    }

    @Test
    void theAddressOfAnAnswerCanBeAdded() {
        // When
        var outcome = Condition.parse("[IP] == 127.0.0.1")
                .evaluate(Observation.answered(200, Duration.ZERO, "").at("127.0.0.1"));

        // Then
        assertThat(outcome.satisfied()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [STATUZ] == 200                 | did you mean [STATUS]?
            [status] == 200                 | did you mean [STATUS]?
            200 == [RESPONSETIME]           | did you mean [RESPONSE_TIME]?
            [CERT_EXPIRATION] > 1d          | did you mean [CERTIFICATE_EXPIRATION]?
            [DNS_RCODE] == NOERROR          | which Slipway does not look at
            [DOMAIN_EXPIRATION] > 30d       | which Slipway does not look at
            [STATUS]                        | has no operator
            [STATUS] 200                    | has no operator
            [STATUS] = 200                  | '=' is not an operator
            [STATUS] => 200                 | '=' is not an operator
            [STATUS] === 200                | has two operators
            [STATUS] == 200 == 200          | has two operators
            [STATUS] ==                     | has nothing on the right of ==
            < 200                           | has nothing on the left of <
            STATUS == 200                   | looks at nothing
            [STATUS] == ok                  | compares [STATUS], which is a number, with 'ok'
            [STATUS] == any(200, 2xx)       | compares [STATUS], which is a number, with '2xx'
            [STATUS] == any(200,)           | has an empty choice in any()
            [STATUS] == any()               | has an empty choice in any()
            [STATUS] == all(200)            | has the function all(), which is unknown
            [STATUS] < any(200, 300)        | only == and != go with them
            [STATUS] > pat(2*)              | only == and != go with them
            [STATUS].code == 200            | only [BODY] has places in it
            [CONNECTED] == yes              | which is true or false, with 'yes'
            [CONNECTED] > false             | only == and != go with it
            has([BODY].error) == 1          | which is true or false, with '1'
            has([STATUS]) == true           | has() looks at the body
            len(items) == 1                 | len() looks at the body
            len([BODY].items == 1           | has no operator
            [RESPONSE_TIME] < fast          | write it like 300ms, 48h or 14d
            [BODY]status == x               | is not a path in a body
            [BODY].items[x] == x            | is not a path in a body
            [BODY].items[name:x] == x       | write it like [BODY].items[0].name, or [BODY].items[name:"web"].state
            [BODY]..x == x                  | is not a path in a body
            [BODY].x. == x                  | is not a path in a body
            """)
    void refusesWhatIsNoConditionAndSaysWhatToWrite(String condition, String message) {
        // When / Then
        assertThatThrownBy(() -> Condition.parse(condition))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(condition)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n"})
    void refusesNothing(String text) {
        // When / Then
        assertThatThrownBy(() -> Condition.parse(text)).hasMessageContaining("is empty");
    }

    @Test
    void refusesWhatNobodyWouldRead() {
        // When / Then
        assertThatThrownBy(() -> Condition.parse("[BODY] == " + "x".repeat(1_000)))
                .hasMessageContaining("longer than 1000 characters");
    }

    @Test
    void conditionsAreTheSameWhenTheyAreWrittenTheSame() {
        // When
        var condition = Condition.parse(" [STATUS] == 200 ");

        // Then
        assertThat(condition)
                .isEqualTo(Condition.parse("[STATUS] == 200"))
                .hasSameHashCodeAs(Condition.parse("[STATUS] == 200"))
                .hasToString("[STATUS] == 200")
                .isNotEqualTo(Condition.parse("[STATUS] == 201"));
    }
}
