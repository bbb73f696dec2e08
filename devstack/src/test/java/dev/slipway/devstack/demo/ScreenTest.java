package dev.slipway.devstack.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ScreenTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T10:00:05Z"), ZoneOffset.UTC);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private static final String RUNNING = """
            {"application":"solacore","environment":"demo","version":"2.0.0","state":"RUNNING",
             "startedAt":"2026-01-01T10:00:00Z",
             "waitingFor":[{"step":"migration.backup","what":"the event BackupDone","since":"2026-01-01T10:00:01Z","until":"2026-01-01T10:30:01.5Z"}],
             "phases":[
              {"name":"infrastructure","state":"SUCCEEDED","startedAt":"2026-01-01T10:00:00Z","endedAt":"2026-01-01T10:00:01Z",
               "steps":[{"name":"certificate","state":"SUCCEEDED","startedAt":"2026-01-01T10:00:00Z","endedAt":"2026-01-01T10:00:01Z","evidence":{"summary":"expires in 89d"}}]},
              {"name":"migration","state":"WAITING","startedAt":"2026-01-01T10:00:01Z",
               "steps":[{"name":"backup","state":"WAITING","startedAt":"2026-01-01T10:00:01Z","waitingFor":{"what":"the event BackupDone","until":"2026-01-01T10:30:01.5Z"}},
                        {"name":"upgrade","state":"PENDING"}]}]}""";

    private static final String ROLLED_BACK = """
            {"application":"solacore","environment":"demo","version":"2.0.0","state":"ROLLED_BACK","reason":"health is degraded",
             "startedAt":"2026-01-01T10:00:00Z","endedAt":"2026-01-01T10:00:04Z","waitingFor":[],
             "phases":[{"name":"go-live","state":"FAILED","steps":[{"name":"soak","state":"FAILED","evidence":{"summary":"answered 503"}}]}],
             "rollback":{"reason":"health is degraded","steps":[{"name":"revert-app","state":"SUCCEEDED"},{"name":"restore-backup","state":"SKIPPED"}]}}""";

    @Test
    void elsewhereThanOnATerminalEachChangeIsOneLineWithoutColours() throws Exception {
        // Given
        var screen = screen(false);

        // When
        screen.show(json(RUNNING));
        screen.show(json(RUNNING));

        // Then
        assertThat(printed().lines())
                .containsExactly(
                        "10:00:05 solacore/demo 2.0.0                RUNNING",
                        "10:00:05   infrastructure.certificate         SUCCEEDED 1.0 s  expires in 89d",
                        "10:00:05   migration.backup                   WAITING   awaiting the event BackupDone, until 2026-01-01 10:30:01");
    }

    @Test
    void theEndIsToldAfterTheStepsThatLedToItWithItsReason() throws Exception {
        // Given
        var screen = screen(false);

        // When
        screen.show(json(ROLLED_BACK));

        // Then
        assertThat(printed().lines())
                .endsWith("10:00:05 solacore/demo 2.0.0                ROLLED_BACK: health is degraded")
                .anyMatch(line -> line.contains("rollback.revert-app"))
                .anyMatch(line -> line.contains("go-live.soak") && line.contains("answered 503"));
    }

    @Test
    void onATerminalThePictureIsDrawnOverTheOneBefore() throws Exception {
        // Given
        var screen = screen(true);
        screen.show(json(RUNNING));
        var first = printed();

        // When
        screen.show(json(RUNNING));

        // Then
        var height = first.lines().filter(line -> !line.equals("\033[J")).count();
        assertThat(printed().substring(first.length())).startsWith("\033[" + height + "A");
    }

    @Test
    void onATerminalTheOpenPhaseShowsItsStepsAndADoneOneTheirNames() throws Exception {
        // Given
        var screen = screen(true);

        // When
        screen.show(json(RUNNING));

        // Then
        assertThat(plain(printed()))
                .contains("✔ infrastructure   1.0 s  certificate", "◐ migration", "◐ backup", "○ upgrade")
                .contains("awaiting the event BackupDone, until 2026-01-01 10:30:01");
    }

    @Test
    void onATerminalTheWayBackStandsBelowThePhasesWithItsReason() throws Exception {
        // Given
        var screen = screen(true);

        // When
        screen.show(json(ROLLED_BACK));

        // Then
        assertThat(plain(printed())).contains("↩ the way back health is degraded", "✔ revert-app", "– restore-backup");
    }

    @Test
    void aHeadingBeginsAFreshPicture() throws Exception {
        // Given
        var screen = screen(true);
        screen.show(json(RUNNING));
        screen.heading("Release 2.0.0");
        screen.line("a line");
        var before = printed();

        // When
        screen.show(json(RUNNING));

        // Then
        assertThat(printed().substring(before.length())).startsWith("\033[2K");
    }

    @Test
    void secondsAreSaidWithOneDecimalAndNeverLessThanNone() {
        // When
        var said = Screen.seconds(Duration.ofMillis(1_240)) + ", " + Screen.seconds(Duration.ofMillis(-5));

        // Then
        assertThat(said).isEqualTo("1.2 s, 0.0 s");
    }

    private Screen screen(boolean terminal) {
        return new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8), CLOCK, terminal);
    }

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String plain(String text) {
        return text.replaceAll("\033\\[[0-9;]*[A-Za-z]", "");
    }

    private static JsonNode json(String text) throws Exception {
        return JsonMapper.builder().build().readTree(text);
    }
}
