package dev.slipway.webhook.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "'', invoice.paid, true",
        "invoice.paid, invoice.paid, true",
        "invoice.paid, invoice.paid.late, false",
        "invoice.*, invoice.paid, true",
        "invoice.*, invoices, false",
        "*, anything, true",
        "customer.* invoice.paid, invoice.paid, true",
        "customer.* invoice.paid, invoice.created, false"
    })
    void takesTheTypesThatItAsksFor(String types, String type, boolean expected) {
        // Given
        var endpoint = endpoint("https://shop.example", List.of(), Duration.ofSeconds(1), 1, types(types));

        // When
        var takes = endpoint.takes(type);

        // Then
        assertThat(takes).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://shop.example",
                "shop.example/hooks",
                "https:///hooks",
                "https://user:password@shop.example",
                "https://shop.example/#part",
                "file:///etc/passwd"
            })
    void refusesAUrlThatCannotBeCalled(String url) {
        // When
        var refused = catchThrowable(() -> endpoint(url, List.of(), Duration.ofSeconds(1), 1, List.of()));

        // Then
        assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("url ");
    }

    @ParameterizedTest
    @CsvSource({
        "https://shop.example, https://shop.example",
        "https://shop.example:8443/, https://shop.example:8443/",
        "https://shop.example:8443/hooks/T0/B0/xyz, https://shop.example:8443/***",
        "https://shop.example?token=xyz, https://shop.example/***",
        "https://shop.example/hooks?token=xyz, https://shop.example/***"
    })
    void whatStandsBehindTheHostMayBeASecretAndIsMasked(String url, String expected) {
        // When
        var masked =
                endpoint(url, List.of(), Duration.ofSeconds(1), 1, List.of()).maskedUrl();

        // Then
        assertThat(masked).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT721H"})
    void refusesASchedulesPauseThatIsNoneOrTooLong(Duration pause) {
        // When
        var refused = catchThrowable(
                () -> endpoint("https://shop.example", List.of(pause), Duration.ofSeconds(1), 1, List.of()));

        // Then
        assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("schedule ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT61S"})
    void refusesATimeoutThatIsNoneOrTooLong(Duration timeout) {
        // When
        var refused = catchThrowable(() -> endpoint("https://shop.example", List.of(), timeout, 1, List.of()));

        // Then
        assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("timeout ");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65})
    void refusesAConcurrencyOutOfBounds(int concurrency) {
        // When
        var refused = catchThrowable(
                () -> endpoint("https://shop.example", List.of(), Duration.ofSeconds(1), concurrency, List.of()));

        // Then
        assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("concurrency ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"in*oice", "**", "with blank", ""})
    void refusesWhatIsNoType(String type) {
        // When
        var refused = catchThrowable(
                () -> endpoint("https://shop.example", List.of(), Duration.ofSeconds(1), 1, List.of(type)));

        // Then
        assertThat(refused).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("types ");
    }

    private static List<String> types(String separated) {
        return separated.isEmpty() ? List.of() : Arrays.asList(separated.split(" "));
    }

    private static Endpoint endpoint(
            String url, List<Duration> schedule, Duration timeout, int concurrency, List<String> types) {
        return new Endpoint(
                "shop", URI.create(url), new Signing.Original(), schedule, timeout, false, concurrency, types);
    }
}
