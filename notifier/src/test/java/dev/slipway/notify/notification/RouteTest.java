package dev.slipway.notify.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.notify.channel.Channels;
import dev.slipway.notify.channel.LogChannel;
import dev.slipway.notify.channel.MailChannel;
import dev.slipway.notify.channel.MailConfig;
import dev.slipway.notify.channel.SlackChannel;
import dev.slipway.notify.channel.SlackConfig;
import dev.slipway.notify.message.Kind;
import dev.slipway.notify.notification.Route.Nowhere;
import dev.slipway.notify.notification.Route.To;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Route LOG = new To("log", "");
    private static final Map<String, String> ALL = Map.of(
            "slipway.slack.webhook-url", "https://hooks.slack.test/services/T/B/X",
            "slipway.mail.host", "mail.test",
            "slipway.mail.to", "team@example.org");

    @AfterAll
    static void close() {
        VERTX.close();
    }

    @Test
    void the_log_hears_everything_even_without_a_rule() {
        // When
        var routes = Route.of(Kind.RELEASE, List.of(), channels(ALL));

        // Then
        assertThat(routes).containsExactly(LOG);
    }

    @ParameterizedTest
    @CsvSource({"release, RELEASE, true", "release, HEALTH, false", "health, HEALTH, true", "health, RELEASE, false"})
    void a_rule_is_for_the_kinds_that_it_names(String on, Kind kind, boolean told) {
        // Given
        var rule = new NotificationRule("slack", List.of(on), Map.of());

        // When
        var routes = Route.of(kind, List.of(rule), channels(ALL));

        // Then
        assertThat(routes.contains(new To("slack", ""))).isEqualTo(told);
    }

    @Test
    void nobody_is_told_twice_when_rules_overlap() {
        // Given
        var rules = List.of(
                rule("slack", Map.of()),
                rule("slack", Map.of()),
                rule("log", Map.of()),
                rule("email", Map.of("address", "a@example.org, b@example.org")),
                rule("email", Map.of("address", "b@example.org,c@example.org")));

        // When
        var routes = Route.of(Kind.HEALTH, rules, channels(ALL));

        // Then
        assertThat(routes)
                .containsExactly(
                        LOG,
                        new To("slack", ""),
                        new To("email", "a@example.org"),
                        new To("email", "b@example.org"),
                        new To("email", "c@example.org"));
    }

    @Test
    void a_rule_that_names_nobody_means_the_channels_default() {
        // Given
        var rules = List.of(rule("email", Map.of("address", " , ")));

        // When
        var routes = Route.of(Kind.RELEASE, rules, channels(ALL));

        // Then
        assertThat(routes).containsExactly(LOG, new To("email", "team@example.org"));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            slack, SLACK_WEBHOOK_URL
            email, SLIPWAY_MAIL_HOST
            pager, There is no channel 'pager'
            """)
    void a_rule_for_a_channel_that_cannot_be_used_leads_nowhere_and_says_why(String channel, String reason) {
        // When
        var routes = Route.of(Kind.RELEASE, List.of(rule(channel, Map.of())), channels(Map.of()));

        // Then
        assertThat(routes)
                .hasSize(2)
                .contains(LOG)
                .anySatisfy(route -> assertThat(route)
                        .isInstanceOfSatisfying(
                                Nowhere.class,
                                nowhere -> assertThat(nowhere.reason()).contains(reason)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hooks.slack.com/services/T", "ftp://hooks.slack.test/x", "https://bad host/", "mailto:x@y"})
    void a_webhook_that_is_no_url_is_a_problem_that_does_not_repeat_it(String url) {
        // When
        var problems =
                Route.problems(List.of(rule("slack", Map.of())), channels(Map.of("slipway.slack.webhook-url", url)));

        // Then
        assertThat(problems)
                .singleElement()
                .satisfies(problem -> assertThat(problem.reason())
                        .contains("SLACK_WEBHOOK_URL is not")
                        .doesNotContain(url));
    }

    @Test
    void mail_to_nobody_and_from_nobody_are_problems() {
        // Given
        var rules = List.of(rule("email", Map.of()));

        // When
        var toNobody = Route.problems(rules, channels(Map.of("slipway.mail.host", "mail.test")));
        var fromNobody =
                Route.problems(rules, channels(Map.of("slipway.mail.host", "mail.test", "slipway.mail.from", "us")));

        // Then
        assertThat(toNobody).singleElement().asString().contains("SLIPWAY_MAIL_TO");
        assertThat(fromNobody).singleElement().asString().contains("SLIPWAY_MAIL_FROM");
    }

    @Test
    void each_problem_of_a_plan_is_named_once_whatever_its_rules_are_told_of() {
        // Given
        var rules = List.of(
                new NotificationRule("slack", List.of("release"), Map.of()),
                new NotificationRule("slack", List.of("health"), Map.of()),
                rule("email", Map.of()));

        // When
        var problems =
                Route.problems(rules, channels(Map.of("slipway.mail.host", "m.test", "slipway.mail.to", "a@b.test")));

        // Then
        assertThat(problems).extracting(Nowhere::channel).containsExactly("slack");
    }

    private static NotificationRule rule(String channel, Map<String, String> to) {
        return new NotificationRule(channel, List.of("release", "health"), to);
    }

    private static Channels channels(Map<String, String> settings) {
        var config = new SmallRyeConfigBuilder()
                .withMapping(SlackConfig.class)
                .withMapping(MailConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build();
        return new Channels(
                new LogChannel(),
                new SlackChannel(config.getConfigMapping(SlackConfig.class), Clock.systemUTC()),
                new MailChannel(config.getConfigMapping(MailConfig.class), VERTX));
    }
}
