package dev.slipway.release;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import dev.slipway.devstack.testing.Infrastructure;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

/** The API as its callers use it. */
public final class Api {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final RestAssuredConfig CONFIG = RestAssuredConfig.config()
            .encoderConfig(EncoderConfig.encoderConfig()
                    .encodeContentTypeAs("application/yaml", ContentType.TEXT)
                    .encodeContentTypeAs("text/yaml", ContentType.TEXT));

    private Api() {}

    /** A call with a token and a JSON body. */
    public static RequestSpecification call() {
        return callWith(Infrastructure.TOKEN);
    }

    /** A call of {@code ada}, who is a release manager with the role {@code controls}, or of {@code ci}, who is nothing. */
    public static RequestSpecification callAs(String name) {
        return callWith("token-of-" + name);
    }

    private static RequestSpecification callWith(String token) {
        return given().config(CONFIG).header("Authorization", "Bearer " + token).contentType("application/json");
    }

    /** The status of an answer to a call whose address no client would send as it is. */
    public static int rawStatus(URI service, String method, String address) throws IOException {
        try (var socket = new Socket(service.getHost(), service.getPort())) {
            var request = "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: 2\r\n\r\n{}"
                    .formatted(method, address, Infrastructure.TOKEN);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            return Integer.parseInt(answer.readLine().split(" ")[1]);
        }
    }

    /** An application that no other test has. */
    public static String application() {
        return "app-" + UUID.randomUUID().toString().substring(0, 12);
    }

    /** Stores the plan of an application's staging; its head is put before it. */
    public static void store(String application, String yaml) {
        call().contentType("application/yaml")
                .body("application: %s\nenvironment: staging\n%s".formatted(application, yaml))
                .when()
                .put("/api/v1/plans/%s/staging".formatted(application))
                .then()
                .statusCode(200);
    }

    /** Asks for a release; its id. */
    public static String ask(String application, String version) {
        return call().body(Map.of("application", application, "environment", "staging", "version", version))
                .when()
                .post("/api/v1/releases")
                .then()
                .statusCode(202)
                .extract()
                .path("id");
    }

    /** Stores a plan and asks for a release of it; its id. */
    public static String release(String application, String yaml) {
        store(application, yaml);
        return ask(application, "1.0.0");
    }

    /** Asks something of a release: {@code approve}, {@code abort}. */
    public static Response act(String id, String what, Object body) {
        return call().body(body).when().post("/api/v1/releases/%s/%s".formatted(id, what));
    }

    /** Reports work. */
    public static void report(String id, String type) {
        act(id, "events", Map.of("type", type)).then().statusCode(202);
    }

    public static JsonPath status(String id) {
        return call().when()
                .get("/api/v1/releases/" + id)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    /** The state of a step, {@code phase.step}; of one of the way back once that has begun. */
    public static String step(String id, String name) {
        return status(id).getString(path(name) + ".state");
    }

    /** What a step's outcome rests on. */
    public static Map<String, Object> evidence(String id, String name) {
        return status(id).getMap(path(name) + ".evidence");
    }

    private static String path(String name) {
        var dot = name.indexOf('.');
        var phase = name.substring(0, dot);
        var steps = phase.equals("rollback") ? "rollback" : "phases.find { it.name == '%s' }".formatted(phase);
        return "%s.steps.find { it.name == '%s' }".formatted(steps, name.substring(dot + 1));
    }

    public static void awaitState(String id, String state) {
        await().atMost(PATIENCE).until(() -> status(id).getString("state"), equalTo(state));
    }

    /** Waits until a release waits for that, among other things. */
    public static void awaitWaitingFor(String id, String what) {
        await().atMost(PATIENCE).until(() -> status(id).getList("waitingFor.what"), hasItem(what));
    }

    public static void awaitStep(String id, String name, String state) {
        await().atMost(PATIENCE).until(() -> step(id, name), equalTo(state));
    }

    /** Everything that the journal says of a release, as JSON. */
    public static String journal(String id) {
        return call().when()
                .get("/api/v1/releases/%s/journal".formatted(id))
                .then()
                .statusCode(200)
                .extract()
                .asString();
    }
}
