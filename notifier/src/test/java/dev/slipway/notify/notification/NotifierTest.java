package dev.slipway.notify.notification;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.Event;
import dev.slipway.event.Evidence;
import dev.slipway.event.HealthEvent.HealthDegraded;
import dev.slipway.event.HealthEvent.HealthRecovered;
import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.event.ReleaseEvent.PhaseStarted;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.ReleaseStarted;
import dev.slipway.event.ReleaseEvent.RollbackCompleted;
import dev.slipway.event.ReleaseEvent.RollbackStarted;
import dev.slipway.event.ReleaseEvent.StepFailed;
import dev.slipway.event.Topic;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.MessagingConfig;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.notify.message.Kind;
import dev.slipway.notify.message.Message;
import dev.slipway.notify.message.News;
import dev.slipway.notify.message.Tone;
import dev.slipway.notify.notification.Notification.Cause;
import dev.slipway.notify.notification.Notification.State;
import dev.slipway.notify.notification.Notifications.Filter;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
@QuarkusTestResource(ReceivingEnds.class)
class NotifierTest {

    private static final List<NotificationRule> SLACK =
            List.of(new NotificationRule("slack", List.of("release", "health"), Map.of()));
    private static final List<NotificationRule> EMAIL =
            List.of(new NotificationRule("email", List.of("release", "health"), Map.of()));

    private static WireMockServer slack;
    private static GreenMail mail;

    private final Jdbi jdbi;
    private final Outbox outbox;
    private final Notifications notifications;
    private final Sender sender;
    private final MessagingConfig messaging;

    /** A channel that has no lane, so that only the test claims what is on it. */
    private final String unsent = "unsent-" + UUID.randomUUID();

    private final UUID releaseId = Ids.next();
    private final String subject =
            "app-%s/production".formatted(releaseId.toString().substring(24));

    NotifierTest(Jdbi jdbi, Outbox outbox, Notifications notifications, Sender sender, MessagingConfig messaging) {
        this.jdbi = jdbi;
        this.outbox = outbox;
        this.notifications = notifications;
        this.sender = sender;
        this.messaging = messaging;
    }

    @BeforeAll
    static void startTheReceivingEnds() {
        var config = ConfigProvider.getConfig();
        slack = new WireMockServer(options().port(config.getValue("test.slack.port", int.class)));
        slack.start();
        mail = new GreenMail(new ServerSetup(
                config.getValue("slipway.mail.port", int.class), "localhost", ServerSetup.PROTOCOL_SMTP));
        mail.start();
    }

    @AfterAll
    static void stopTheReceivingEnds() {
        slack.stop();
        mail.stop();
    }

    @BeforeEach
    void slackIsWell() {
        slack.resetAll();
        slack.stubFor(post(urlEqualTo(ReceivingEnds.WEBHOOK_PATH)).willReturn(ok("ok")));
    }

    // ---- who is told ----

    @Test
    void a_release_is_told_on_slack_from_start_to_end_in_order_and_other_services_learn_of_it() {
        // Given
        publish(requested(SLACK));

        // When
        publish(new ReleaseStarted(releaseId, "2"), new PhaseStarted(releaseId, "smoke"));
        publish(
                new StepFailed(releaseId, "smoke", "auth", Evidence.of("GET <api> answered 500")),
                new RollbackStarted(releaseId, "2", "auth failed", Instant.now().plusSeconds(300)),
                new RollbackCompleted(releaseId, "2", "auth failed"));

        // Then
        awaitStates("slack", State.SENT, State.SENT, State.SENT, State.SENT);
        assertThat(toldOnSlack())
                .extracting(NotifierTest::headline)
                .containsExactly("Release started", "Step failed", "Rollback started", "Rolled back");
        assertThat(toldOnSlack().get(1).getBodyAsString())
                .contains("GET &lt;api&gt; answered 500", subject + " 2", "https://slipway.test/");
        assertThat(publishedAbout("NotificationSent", 8))
                .allSatisfy(event -> assertThat(event).contains(releaseId.toString(), "\"attempts\":1"));
    }

    @Test
    void an_event_that_comes_twice_is_told_once() {
        // Given
        publish(requested(SLACK));
        var event = event(new ReleaseStarted(releaseId, "2"));

        // When
        publish(event, event);
        publish(event);
        publish(new RollbackStarted(releaseId, "2", "x", Instant.now()));

        // Then
        awaitStates("slack", State.SENT, State.SENT);
        assertThat(toldOnSlack())
                .extracting(NotifierTest::headline)
                .containsExactly("Release started", "Rollback started");
    }

    @Test
    void an_event_that_the_inbox_has_forgotten_is_not_told_again() {
        // Given
        publish(requested(SLACK));
        var event = event(new ReleaseStarted(releaseId, "2"));
        publish(event);
        awaitStates("slack", State.SENT);
        jdbi.useHandle(handle -> handle.execute("DELETE FROM inbox WHERE event_id = ?", event.id()));

        // When
        publish(event);
        publish(new RollbackStarted(releaseId, "2", "x", Instant.now()));

        // Then
        awaitStates("slack", State.SENT, State.SENT);
        assertThat(toldOnSlack()).hasSize(2);
    }

    @Test
    void everything_is_told_in_the_log_one_line_each() {
        // Given
        var lines = new ConcurrentLinkedQueue<String>();
        var handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                lines.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger("dev.slipway.notify").addHandler(handler);
        publish(requested(List.of()));

        // When
        publish(new StepFailed(releaseId, "smoke", "auth", Evidence.of("one\nINFO two")));

        // Then
        awaitStates("log", State.SENT);
        Logger.getLogger("dev.slipway.notify").removeHandler(handler);
        assertThat(lines)
                .filteredOn(line -> line.contains(subject))
                .singleElement()
                .asString()
                .startsWith(subject + " 2: Step failed. Step auth in phase smoke failed: one INFO two.");
    }

    @Test
    void a_rule_for_a_channel_that_there_is_not_is_recorded_as_failed_once_for_the_release() {
        // When
        publish(requested(List.of(new NotificationRule("pager", List.of("release"), Map.of()))));
        publish(new ReleaseStarted(releaseId, "2"), new StepFailed(releaseId, "smoke", "auth", Evidence.of("no")));

        // Then
        awaitStates("log", State.SENT, State.SENT);
        assertThat(told("pager")).singleElement().satisfies(failed -> {
            assertThat(failed.state()).isEqualTo(State.FAILED);
            assertThat(failed.reason()).contains("There is no channel 'pager'; there are log, slack, email");
        });
        assertThat(publishedAbout("NotificationFailed", 1))
                .allSatisfy(event -> assertThat(event).contains("There is no channel 'pager'"));
    }

    @Test
    void health_that_comes_before_its_release_is_told_when_the_release_is_known() {
        // Given
        publish(new HealthDegraded(Optional.of(releaseId), "ready", Instant.now(), 3, Evidence.of("503")));
        awaitStates("log", State.SENT);

        // When
        publish(requested(SLACK));

        // Then
        awaitStates("slack", State.SENT);
        assertThat(toldOnSlack()).extracting(NotifierTest::headline).containsExactly("Health degraded");
        assertThat(told("log")).hasSize(1);
    }

    @Test
    void health_of_no_release_is_told_by_the_rules_of_the_environments_newest() {
        // Given
        publish(requested(List.of()));
        publish(event(new ReleaseRequested(
                Ids.next(), "3", Optional.empty(), Optional.empty(), "ci", Optional.empty(), 1, SLACK)));
        awaitRelease("3");

        // When
        publish(new HealthRecovered(Optional.empty(), "ready", Instant.now(), Evidence.of("200")));

        // Then
        await().untilAsserted(() ->
                assertThat(toldOnSlack()).extracting(NotifierTest::headline).containsExactly("Health recovered"));
        assertThat(toldOnSlack().getFirst().getBodyAsString()).contains(subject + " 3");
    }

    // ---- what the channels answer ----

    @ParameterizedTest
    @CsvSource({"500, rollup_error", "503, ''", "429, rate_limited"})
    void slack_is_tried_again_when_its_trouble_may_pass_and_the_order_is_kept(int status, String body) {
        // Given
        slackAnswersFirst(aResponse().withStatus(status).withBody(body));
        publish(requested(SLACK));

        // When
        publish(new RollbackStarted(releaseId, "2", "x", Instant.now()), new RollbackCompleted(releaseId, "2", "x"));

        // Then
        awaitStates("slack", State.SENT, State.SENT);
        assertThat(toldOnSlack())
                .extracting(NotifierTest::headline)
                .containsExactly("Rollback started", "Rollback started", "Rolled back");
        assertThat(told("slack").getLast().attempts()).isEqualTo(2);
        assertThat(told("slack").getLast().reason()).isEmpty();
    }

    @Test
    void slack_is_left_in_peace_for_as_long_as_it_asks() {
        // Given
        slackAnswersFirst(aResponse().withStatus(429).withHeader("Retry-After", "2"));
        publish(requested(SLACK));

        // When
        publish(new ReleaseStarted(releaseId, "2"));

        // Then
        awaitStates("slack", State.SENT);
        var times = toldOnSlack().stream()
                .map(request -> request.getLoggedDate().toInstant())
                .toList();
        assertThat(times).hasSize(2);
        assertThat(Duration.between(times.getFirst(), times.getLast()))
                .isGreaterThanOrEqualTo(Duration.ofMillis(1_900));
    }

    @Test
    void slack_that_hangs_is_tried_again_and_delays_no_other_channel() {
        // Given
        slackAlwaysAnswers(ok("ok").withFixedDelay(4_000));
        publish(requested(List.of(SLACK.getFirst(), EMAIL.getFirst())));
        publish(new ReleaseStarted(releaseId, "2"));
        awaitStates("email", State.SENT);
        awaitStates("log", State.SENT);
        await().untilAsserted(() -> assertThat(told("slack")).singleElement().satisfies(it -> {
            assertThat(it.state()).isEqualTo(State.PENDING);
            assertThat(it.reason()).contains("No answer within 1000 ms");
        }));

        // When
        slackAlwaysAnswers(ok("ok"));

        // Then
        awaitStates("slack", State.SENT);
        assertThat(told("slack").getFirst().attempts()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void a_webhook_that_was_removed_is_given_up_at_once_and_stays_secret() {
        // Given
        slackAnswersFirst(aResponse().withStatus(404).withBody("no_service"));
        publish(requested(SLACK));

        // When
        publish(new ReleaseStarted(releaseId, "2"));

        // Then
        awaitStates("slack", State.FAILED);
        assertThat(toldOnSlack()).hasSize(1);
        assertThat(told("slack").getFirst().reason().orElseThrow())
                .startsWith("Slack answered 404 no_service")
                .contains("SLACK_WEBHOOK_URL");
        assertThat(publishedAbout("NotificationFailed", 1))
                .allSatisfy(event -> assertThat(event).contains("no_service", "ReleaseStarted"));
    }

    @Test
    void an_error_page_that_repeats_the_url_does_not_give_the_secret_away() {
        // Given
        slackAnswersFirst(aResponse().withStatus(405).withBody("Cannot POST " + ReceivingEnds.WEBHOOK_PATH));
        publish(requested(SLACK));

        // When
        publish(new ReleaseStarted(releaseId, "2"));

        // Then
        awaitStates("slack", State.FAILED);
        assertThat(told("slack").getFirst().reason().orElseThrow())
                .contains("Cannot POST /…")
                .doesNotContain("secret");
    }

    @Test
    void slack_that_is_away_is_told_when_it_is_back() {
        // Given
        publish(requested(SLACK));
        slack.stop();
        publish(new ReleaseStarted(releaseId, "2"));
        await().untilAsserted(() -> assertThat(told("slack"))
                .singleElement()
                .satisfies(it -> assertThat(it.reason()).contains("Slack could not be reached")));

        // When
        slack.start();
        slackIsWell();

        // Then
        awaitStates("slack", State.SENT);
    }

    @Test
    void a_mail_says_it_in_text_and_html_under_an_id_of_its_own() throws Exception {
        // Given
        publish(requested(EMAIL));

        // When
        publish(new StepFailed(releaseId, "smoke", "auth", Evidence.of("GET <api> answered 500")));

        // Then
        awaitStates("email", State.SENT);
        var received = mailsTo("team@example.org").getFirst();
        assertThat(received.getSubject()).isEqualTo(subject + " 2: Step failed");
        assertThat(received.getFrom()).extracting(Object::toString).containsExactly("slipway@example.org");
        assertThat(received.getMessageID())
                .isEqualTo("<%s@example.org>".formatted(told("email").getFirst().id()));
        var body = GreenMailUtil.getBody(received).replace("=\r\n", "").replace("=3D", "=");
        assertThat(body)
                .contains(
                        "Step auth in phase smoke failed: GET <api> answered 500.",
                        "Step auth in phase smoke failed: GET &lt;api&gt; answered 500.",
                        "version 2",
                        "<a href=\"https://slipway.test/?release=%s\">Status</a>".formatted(releaseId));
    }

    @Test
    void each_recipient_gets_a_mail_and_one_who_is_refused_keeps_nobody_else_from_being_told() {
        // Given
        publish(requested(List.of(new NotificationRule(
                "email", List.of("release"), Map.of("address", "a@example.org, no address, b@example.org")))));

        // When
        publish(new ReleaseStarted(releaseId, "2"));

        // Then
        await().untilAsserted(() -> assertThat(told("email"))
                .extracting(Notification::recipient, Notification::state)
                .containsExactlyInAnyOrder(
                        tuple("a@example.org", State.SENT),
                        tuple("no address", State.FAILED),
                        tuple("b@example.org", State.SENT)));
        assertThat(mailsTo("a@example.org")).hasSize(1);
        assertThat(mailsTo("b@example.org")).hasSize(1);
    }

    @Test
    void a_mail_server_that_is_away_is_told_when_it_is_back() {
        // Given
        publish(requested(EMAIL));
        mail.stop();
        publish(new ReleaseStarted(releaseId, "2"));
        await().untilAsserted(() -> assertThat(told("email"))
                .singleElement()
                .satisfies(it -> assertThat(it.reason()).isPresent()));

        // When
        mail.start();

        // Then
        awaitStates("email", State.SENT);
        assertThat(mailsTo("team@example.org")).hasSize(1);
    }

    @Test
    void a_mail_that_the_server_refuses_is_given_up_at_once_with_its_words() throws IOException {
        // Given
        publish(requested(EMAIL));
        mail.stop();

        // When
        try (var _ =
                mailServerThatSays("220 ready", "250 hello", "250 sender ok", "550 5.1.1 No such user", "250 reset")) {
            publish(new ReleaseStarted(releaseId, "2"));
            awaitStates("email", State.FAILED);
        }
        mail.start();

        // Then
        assertThat(told("email").getFirst().reason()).contains("The mail server refused it: 550 5.1.1 No such user");
        assertThat(told("email").getFirst().attempts()).isEqualTo(1);
    }

    @Test
    void a_mail_server_that_hangs_is_tried_again() throws IOException {
        // Given
        publish(requested(EMAIL));
        mail.stop();
        try (var _ = mailServerThatSays()) {
            publish(new ReleaseStarted(releaseId, "2"));
            await().untilAsserted(() -> assertThat(told("email"))
                    .singleElement()
                    .satisfies(it -> assertThat(it.reason()).contains("No answer within 1000 ms")));
        }

        // When
        mail.start();

        // Then
        awaitStates("email", State.SENT);
        assertThat(mailsTo("team@example.org")).hasSize(1);
    }

    // ---- crashes ----

    @Test
    void what_was_being_sent_when_the_process_died_is_sent_when_its_lease_ends() {
        // Given
        var orphan = pending("slack", Instant.now());
        var leasedUntil = jdbi.inTransaction(handle -> {
            notifications.add(handle, List.of(orphan));
            return notifications
                    .claim(handle, "slack", Instant.now(), Duration.ofSeconds(2), Duration.ofMinutes(10))
                    .map(_ -> Instant.now().plusSeconds(2))
                    .orElseThrow();
        });

        // When
        awaitStates("slack", State.SENT);

        // Then
        assertThat(told("slack").getFirst().sentAt().orElseThrow()).isAfter(leasedUntil.minusMillis(100));
        assertThat(told("slack").getFirst().attempts()).isEqualTo(2);
        assertThat(toldOnSlack()).hasSize(1);
    }

    @Test
    void what_slack_took_is_not_told_again_while_the_database_cannot_be_written() {
        // Given
        publish(requested(SLACK));
        jdbi.useHandle(handle -> handle.execute("""
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'the disk is full'; END $$
                """));
        jdbi.useHandle(handle -> handle.execute("""
                CREATE TRIGGER refuse BEFORE UPDATE ON notification FOR EACH ROW
                WHEN (NEW.state = 'SENT' AND NEW.channel = 'slack') EXECUTE FUNCTION refuse()
                """));
        publish(new ReleaseStarted(releaseId, "2"));
        await().untilAsserted(() -> assertThat(toldOnSlack()).hasSize(1));
        await().during(Duration.ofSeconds(1))
                .untilAsserted(
                        () -> assertThat(told("slack").getFirst().state()).isEqualTo(State.PENDING));

        // When
        jdbi.useHandle(handle -> handle.execute("DROP FUNCTION refuse CASCADE"));

        // Then
        awaitStates("slack", State.SENT);
        assertThat(toldOnSlack()).hasSize(1);
    }

    @Test
    void who_lost_the_lease_no_longer_decides() {
        // Given
        var orphan = pending(unsent, Instant.now());
        var now = orphan.createdAt();
        var claims = jdbi.inTransaction(handle -> {
            notifications.add(handle, List.of(orphan));
            var first = claim(handle, now);
            return List.of(first, claim(handle, now.plusSeconds(60)));
        });

        // When
        var late = jdbi.inTransaction(handle -> List.of(
                notifications.sent(handle, claims.getFirst(), now),
                notifications.failed(handle, claims.getFirst(), "late"),
                notifications.again(handle, claims.getFirst(), now, "late")));

        // Then
        assertThat(late).containsOnly(false);
        assertThat(jdbi.<Boolean, RuntimeException>inTransaction(
                        handle -> notifications.sent(handle, claims.getLast(), now)))
                .isTrue();
    }

    @Test
    void one_that_cannot_be_delivered_holds_the_later_ones_back_for_a_while_only() {
        // Given
        var now = Instant.now();
        var earlier = pending(unsent, now);
        var later = pending(unsent, now);
        jdbi.useTransaction(handle -> {
            notifications.add(handle, List.of(earlier, later));
            notifications.again(handle, claim(handle, now), now.plus(Duration.ofHours(2)), "busy");
        });

        // When
        var heldBack = jdbi.inTransaction(handle -> notifications.claim(
                handle, unsent, now.plusSeconds(599), Duration.ofSeconds(30), Duration.ofMinutes(10)));
        var released = jdbi.inTransaction(handle -> notifications.claim(
                handle, unsent, now.plusSeconds(601), Duration.ofSeconds(30), Duration.ofMinutes(10)));

        // Then
        assertThat(heldBack).isEmpty();
        assertThat(released).map(Notification::id).contains(later.id());
    }

    @Test
    void what_could_not_be_delivered_for_a_day_is_given_up() {
        // Given
        slackAlwaysAnswers(aResponse().withStatus(500));

        // When
        jdbi.useTransaction(handle ->
                notifications.add(handle, List.of(pending("slack", Instant.now().minus(Duration.ofHours(24))))));
        sender.wake();

        // Then
        awaitStates("slack", State.FAILED);
        assertThat(told("slack").getFirst().reason().orElseThrow()).startsWith("Given up after 1 attempts");
    }

    // ---- the API ----

    @Test
    void the_api_lists_what_people_were_told_the_newest_first_page_by_page() {
        // Given
        publish(requested(SLACK));
        publish(new ReleaseStarted(releaseId, "2"), new RollbackCompleted(releaseId, "2", "x"));
        awaitStates("slack", State.SENT, State.SENT);

        // When
        var first = call("?releaseId=%s&channel=slack&state=SENT&limit=1".formatted(releaseId));
        var second = call("?releaseId=%s&channel=slack&limit=1&cursor=%s".formatted(releaseId, first.get("next")));

        // Then
        Map<String, Object> newest = items(first).getFirst();
        assertThat(newest)
                .containsEntry("channel", "slack")
                .containsEntry("about", "RollbackCompleted")
                .containsEntry("subject", subject)
                .containsEntry("releaseId", releaseId.toString())
                .containsEntry("state", "SENT")
                .containsEntry("attempts", 1)
                .containsKeys("id", "createdAt", "sentAt")
                .doesNotContainKeys("reason", "recipient");
        assertThat(newest.get("text")).asString().startsWith(subject + " 2: Rolled back. ");
        assertThat(items(second)).extracting(it -> it.get("about")).containsExactly("ReleaseStarted");
        assertThat(second).doesNotContainKey("next");
    }

    @ParameterizedTest
    @CsvSource({"releaseId=x", "state=sent", "limit=0", "limit=201", "limit=many", "cursor=x"})
    void the_api_says_what_is_wrong_with_a_question(String query) {
        // When
        var answer = given().auth().oauth2(Infrastructure.TOKEN).get("/api/v1/notifications?" + query);

        // Then
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(answer.jsonPath().getString("detail")).contains("is not").contains(query.split("=")[0]);
    }

    @ParameterizedTest
    @CsvSource({"/api/v1/notifications", "/api/v1/channels"})
    void the_api_needs_a_token(String path) {
        // When
        var answer = given().get(path);

        // Then
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body().asString()).doesNotContain("items");
    }

    @Test
    void the_api_lists_the_channels_without_their_secrets() {
        // When
        var answer = given().auth().oauth2(Infrastructure.TOKEN).get("/api/v1/channels");

        // Then
        assertThat(answer.jsonPath().getList("items.name")).isEqualTo(List.of("log", "slack", "email"));
        assertThat(answer.jsonPath().getList("items.configured")).isEqualTo(List.of(true, true, true));
        assertThat(answer.body().asString()).doesNotContain("secret", "localhost");
    }

    // ---- what they have in common ----

    private Event requested(List<NotificationRule> rules) {
        return new ReleaseRequested(
                releaseId, "2", Optional.of("abc"), Optional.empty(), "ci", Optional.empty(), 1, rules);
    }

    private OutgoingEvent event(Event event) {
        return new OutgoingEvent(Ids.next().toString(), subject, Instant.now(), TraceParent.start(), event);
    }

    private void publish(Event... events) {
        publish(Arrays.stream(events).map(this::event).toArray(OutgoingEvent[]::new));
    }

    private void publish(OutgoingEvent... events) {
        jdbi.useTransaction(handle -> outbox.publish(handle, List.of(events)));
    }

    /** A server that says its lines, one at once and one after each line it hears, and then no more. */
    private static ServerSocket mailServerThatSays(String... lines) throws IOException {
        var server = new ServerSocket(
                ConfigProvider.getConfig().getValue("slipway.mail.port", int.class),
                5,
                InetAddress.getByName("localhost"));
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try (var connection = server.accept()) {
                    var heard = new BufferedReader(
                            new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
                    var said = connection.getOutputStream();
                    for (var line : lines) {
                        said.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
                        said.flush();
                        heard.readLine();
                    }
                    heard.readLine();
                } catch (IOException e) {
                    // The test is over, or the client went away.
                }
            }
        });
        return server;
    }

    private Notification pending(String channel, Instant createdAt) {
        return Notification.pending(
                new Cause("test", Ids.next().toString()),
                channel,
                "",
                Optional.of(releaseId),
                new Message(
                        "ReleaseStarted",
                        new News(Kind.RELEASE, Tone.INFO, "Release started", "It is on its way.", Optional.empty()),
                        subject,
                        Optional.of("2"),
                        Instant.now(),
                        URI.create("https://slipway.test/")),
                TraceParent.start(),
                createdAt);
    }

    private Notification claim(Handle handle, Instant now) {
        return notifications
                .claim(handle, unsent, now, Duration.ofSeconds(30), Duration.ofMinutes(10))
                .orElseThrow();
    }

    private void slackAlwaysAnswers(ResponseDefinitionBuilder answer) {
        slack.stubFor(post(urlEqualTo(ReceivingEnds.WEBHOOK_PATH))
                .withRequestBody(containing(subject))
                .willReturn(answer));
    }

    private void slackAnswersFirst(ResponseDefinitionBuilder answer) {
        slack.stubFor(post(urlEqualTo(ReceivingEnds.WEBHOOK_PATH))
                .withRequestBody(containing(subject))
                .inScenario(subject)
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(answer)
                .willSetStateTo("well"));
    }

    private List<LoggedRequest> toldOnSlack() {
        return slack
                .findAll(postRequestedFor(urlEqualTo(ReceivingEnds.WEBHOOK_PATH))
                        .withHeader("Content-Type", containing("application/json"))
                        .withRequestBody(containing(subject)))
                .stream()
                .sorted(Comparator.comparing(LoggedRequest::getLoggedDate))
                .toList();
    }

    private static String headline(LoggedRequest request) {
        var text = JsonPath.from(request.getBodyAsString()).getString("blocks[0].text.text");
        return text.substring(text.indexOf(": ", text.indexOf('*')) + 2, text.length() - 1);
    }

    private List<Notification> told(String channel) {
        return jdbi.withHandle(handle -> notifications.page(
                handle,
                new Filter(Optional.of(releaseId), Optional.of(channel), Optional.empty()),
                Optional.empty(),
                100));
    }

    private void awaitStates(String channel, State... states) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(told(channel))
                        .extracting(Notification::state)
                        .containsExactly(states));
    }

    private void awaitRelease(String version) {
        await().untilAsserted(() -> assertThat(jdbi.<List<String>, RuntimeException>withHandle(
                        handle -> handle.createQuery("SELECT version FROM release WHERE subject = :subject")
                                .bind("subject", subject)
                                .mapTo(String.class)
                                .list()))
                .contains(version));
    }

    private List<MimeMessage> mailsTo(String address) {
        return Arrays.stream(mail.getReceivedMessages())
                .filter(message -> {
                    try {
                        return message.getSubject().contains(subject)
                                && message.getRecipients(RecipientType.TO)[0]
                                        .toString()
                                        .equals(address);
                    } catch (MessagingException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    /** The events of a type about this test's environment, once there are as many. */
    private List<String> publishedAbout(String type, int count) {
        var found = new ArrayList<String>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of(
                        "bootstrap.servers",
                        messaging.bootstrapServers(),
                        "group.id",
                        "test-" + releaseId,
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(Topic.NOTIFICATIONS.topicName()));
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    var name = new String(record.headers().lastHeader("ce_type").value(), StandardCharsets.UTF_8);
                    if (subject.equals(record.key()) && name.equals("dev.slipway.%s.v1".formatted(type))) {
                        found.add(record.value());
                    }
                });
                return found.size() >= count;
            });
        }
        assertThat(found).hasSize(count);
        return found;
    }

    private static Map<String, Object> call(String query) {
        return given().auth()
                .oauth2(Infrastructure.TOKEN)
                .get("/api/v1/notifications" + query)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath()
                .getMap("");
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> items(Map<String, Object> page) {
        return (List<Map<String, Object>>) page.get("items");
    }
}
