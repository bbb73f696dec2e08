package dev.slipway.devstack.target;

import java.util.Map;

/**
 * An answer of the target application.
 *
 * @param status the HTTP status
 * @param body what becomes the JSON body
 * @param headers further headers
 */
record Answer(int status, Object body, Map<String, String> headers) {

    static Answer of(int status, Object body) {
        return new Answer(status, body, Map.of());
    }

    static Answer ok(Object body) {
        return of(200, body);
    }

    /** A refusal, in the shape that FastAPI, the framework of the runbook's application, gives it. */
    static Answer refusal(int status, String detail) {
        return of(status, Map.of("detail", detail));
    }

    Answer withHeader(String name, String value) {
        return new Answer(status, body, Map.of(name, value));
    }
}
