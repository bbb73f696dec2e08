package dev.slipway.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples are those of W3C Trace Context, section 3.2. */
class TraceParentTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
            })
    void aHeaderOfVersion00IsRead(String header) {
        // When
        var trace = TraceParent.parse(header);

        // Then
        assertThat(trace).contains(new TraceParent(header));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n"
            })
    void aMalformedHeaderIsNoTrace(String header) {
        // When
        var trace = TraceParent.parse(header);

        // Then
        assertThat(trace).isEmpty();
        assertThatThrownBy(() -> new TraceParent(header)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void newTracesAreWellFormedAndDiffer() {
        // When
        var traces = Stream.generate(TraceParent::start).limit(1_000).toList();

        // Then
        assertThat(traces)
                .doesNotHaveDuplicates()
                .allMatch(trace -> trace.value().endsWith("-01"));
    }

    @Property
    void anyHeaderIsReadOrIgnored(@ForAll String header) {
        // When
        var trace = TraceParent.parse(header);

        // Then
        assertThat(trace.map(TraceParent::value).orElse(header)).isEqualTo(header);
    }
}
