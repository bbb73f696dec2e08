package dev.slipway.http;

import java.util.List;
import java.util.Map;

/** Ends a request with a {@link Problem}. */
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        super(problem.detail());
        this.problem = problem;
    }

    /** What is answered. */
    public Problem problem() {
        return problem;
    }

    /** 400: the request cannot be understood. */
    public static ProblemException badRequest(String detail) {
        return new ProblemException(Problem.of(400, "Bad request", detail));
    }

    /** 403: the caller may not. */
    public static ProblemException forbidden(String detail) {
        return new ProblemException(Problem.of(403, "Forbidden", detail));
    }

    /** 404: there is no such thing. */
    public static ProblemException notFound(String detail) {
        return new ProblemException(Problem.of(404, "Not found", detail));
    }

    /** 409: it cannot be done in the present state. */
    public static ProblemException conflict(String detail) {
        return new ProblemException(Problem.of(409, "Conflict", detail));
    }

    /** 422: the request is understood, but what it asks for cannot be. */
    public static ProblemException unprocessable(String detail) {
        return new ProblemException(Problem.of(422, "Unprocessable content", detail));
    }

    /** 503: not now, but soon; the answer says when to try again. */
    public static ProblemException unavailable(String detail) {
        return new ProblemException(Problem.of(503, "Service unavailable", detail));
    }

    /**
     * 422 with every error that was found.
     *
     * @param errors each {@code {path, message, line, column}}, as far as they are known
     */
    public static ProblemException invalid(String detail, List<?> errors) {
        return new ProblemException(
                new Problem("about:blank", "Unprocessable content", 422, detail, Map.of("errors", errors)));
    }
}
