package dev.slipway.http;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.quarkus.security.ForbiddenException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.ConstraintViolationException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.jspecify.annotations.Nullable;

/** Turns whatever ends a request into a {@link Problem}. */
public final class ProblemMappers {

    private static final int RETRY_AFTER_SECONDS = 2;

    private static final Logger LOG = Logger.getLogger(ProblemMappers.class);

    /** Packages and outer classes before a class's own name. */
    private static final Pattern QUALIFIER = Pattern.compile("\\b(?:[a-z]\\w*\\.)+(?:[A-Z]\\w*\\$)*(?=[A-Z])");

    /** One thing wrong with a body: where, and what. */
    record FieldError(String path, String message) {}

    @ServerExceptionMapper
    Response problem(ProblemException e) {
        return answer(e.problem());
    }

    @ServerExceptionMapper
    Response invalid(ConstraintViolationException e) {
        var errors = e.getConstraintViolations().stream()
                .map(violation -> new FieldError(
                        // The first two names are the method's and the parameter's.
                        violation.getPropertyPath().toString().replaceFirst("^[^.]*\\.[^.]*\\.?", ""),
                        violation.getMessage()))
                .sorted(java.util.Comparator.comparing(FieldError::path))
                .toList();
        var detail = errors.stream()
                .map(error -> error.path() + " " + error.message())
                .collect(Collectors.joining("; "));
        return answer(new Problem("about:blank", "Bad request", 400, detail, Map.of("errors", errors)));
    }

    /** Its own, as Quarkus has a mapper for just these, which answers no problem. */
    @ServerExceptionMapper
    Response mismatched(MismatchedInputException e) {
        return answer(unreadableBody(e));
    }

    @ServerExceptionMapper
    Response unreadable(JsonProcessingException e) {
        return answer(unreadableBody(e));
    }

    @ServerExceptionMapper
    Response forbidden(ForbiddenException e, @Nullable ResourceInfo called) {
        var detail = Optional.ofNullable(called)
                .map(it -> it.getResourceMethod().getAnnotation(RolesAllowed.class))
                .map(allowed ->
                        "This needs a token with the role '%s'".formatted(String.join("' or '", allowed.value())))
                .orElse("This token may not do that; ask for one with the role it needs");
        return answer(Problem.of(403, "Forbidden", detail));
    }

    /** A parameter that cannot be read is a 404 to Jakarta REST, as if there were nothing at such an address. */
    @ServerExceptionMapper
    Response notFound(NotFoundException e) {
        if (e.getCause() instanceof IllegalArgumentException || e.getCause() instanceof DateTimeException) {
            return answer(Problem.of(
                    400,
                    "Bad request",
                    "A parameter of the address cannot be read: %s. /openapi says what each may be."
                            .formatted(e.getCause().getMessage())));
        }
        return web(e);
    }

    @ServerExceptionMapper
    Response web(WebApplicationException e) {
        // Broken JSON comes wrapped in one of these.
        if (e.getCause() instanceof JsonProcessingException json) {
            return answer(unreadableBody(json));
        }
        var response = e.getResponse();
        var status = response.getStatusInfo();
        if (status.getStatusCode() < 400 || response.hasEntity()) {
            return response;
        }
        return Response.fromResponse(response)
                .type(Problem.MEDIA_TYPE)
                .entity(Problem.of(status.getStatusCode(), status.getReasonPhrase(), String.valueOf(e.getMessage())))
                .build();
    }

    @ServerExceptionMapper
    Response ours(Throwable e, @Context UriInfo uri) {
        if (hasClass(e, "22")) {
            return answer(Problem.of(400, "Bad request", "A value has a character or a size that cannot be stored"));
        }
        LOG.errorf(e, "%s could not be answered", uri.getPath());
        if (isDatabaseAway(e)) {
            return answer(Problem.of(
                    503,
                    "Service unavailable",
                    "The database does not answer now; nothing of this was kept. Try again in a moment."));
        }
        return answer(Problem.of(
                500,
                "Internal server error",
                "Slipway could not do this; nothing of it was kept. The log has the cause. It may be tried again."));
    }

    /**
     * Whether the database cannot be reached or takes no more: <a
     * href="https://www.postgresql.org/docs/current/errcodes-appendix.html">error classes</a> 08, 53 and 57, or none when
     * the pool has no connection to give.
     */
    private static boolean isDatabaseAway(Throwable failure) {
        return hasClass(failure, "08") || hasClass(failure, "53") || hasClass(failure, "57") || hasClass(failure, "");
    }

    /** Whether a database error of that class is behind a failure; the empty class is that of an error without a code. */
    private static boolean hasClass(Throwable failure, String errorClass) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                var state = sql.getSQLState();
                return errorClass.isEmpty() ? state == null : state != null && state.startsWith(errorClass);
            }
        }
        return false;
    }

    private static Problem unreadableBody(JsonProcessingException e) {
        var location = e.getLocation();
        // Jackson names our classes in full, which is nobody's business.
        var message = QUALIFIER.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("");
        var path = e instanceof JsonMappingException mapping
                ? mapping.getPath().stream()
                        .map(reference -> String.valueOf(reference.getFieldName()))
                        .collect(Collectors.joining("."))
                : "";
        var what = e instanceof JsonParseException ? "is not JSON" : "does not have the form that is expected";
        return new Problem(
                "about:blank",
                "Bad request",
                400,
                "The body %s: %s".formatted(what, message),
                Map.of(
                        "errors",
                        List.of(Map.of(
                                "path",
                                path,
                                "message",
                                message,
                                "line",
                                location == null ? 0 : location.getLineNr(),
                                "column",
                                location == null ? 0 : location.getColumnNr()))));
    }

    private static Response answer(Problem problem) {
        var response =
                Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
        if (problem.status() == 503) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return response.build();
    }
}
