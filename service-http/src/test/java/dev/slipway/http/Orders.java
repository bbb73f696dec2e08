package dev.slipway.http;

import io.quarkus.security.ForbiddenException;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Positive;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** An API as a service might have it. */
@Path("/")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class Orders {

    private final SecurityIdentity caller;

    public Orders(SecurityIdentity caller) {
        this.caller = caller;
    }

    /** What is ordered. */
    public record Order(@NotBlank String item, @Positive int pieces) {}

    @GET
    @Path("/api/v1/caller")
    public Map<String, String> caller() {
        return Map.of("name", caller.getPrincipal().getName());
    }

    @GET
    @Path("/api/v1/vault")
    @RolesAllowed("payload")
    public Map<String, String> vault() {
        return Map.of("gold", "all of it");
    }

    @GET
    @Path("/api/v1/may/{role}")
    public Map<String, Boolean> may(@PathParam("role") String role) {
        return Map.of("may", caller.hasRole(role));
    }

    /** Its parameters are read by Jakarta REST. */
    @GET
    @Path("/api/v1/orders/{id}")
    public Map<String, String> find(
            @PathParam("id") UUID id,
            @QueryParam("pieces") Optional<Integer> pieces,
            @QueryParam("before") Optional<Instant> before) {
        return Map.of("id", id.toString());
    }

    @POST
    @Path("/api/v1/orders")
    public Order order(@Valid @NotNull Order order) {
        return switch (order.item()) {
            case "unicorn" -> throw ProblemException.notFound("There is no unicorn; order a horse");
            case "bomb" -> throw new IllegalStateException("password=hunter2");
            case "flood" -> throw new IllegalStateException(new SQLException("No connection", "08006"));
            case "queue" -> throw ProblemException.unavailable("Too many wait");
            case "crowd" -> throw new IllegalStateException(new SQLException("The pool has none to give"));
            case "hieroglyph" -> throw new IllegalStateException(new SQLException("invalid byte sequence", "22021"));
            case "nothing" -> throw ProblemException.badRequest("Order something");
            case "last" -> throw ProblemException.conflict("It is sold");
            case "thousand" -> throw ProblemException.unprocessable("There are not so many");
            case "plan" ->
                throw ProblemException.invalid(
                        "The plan has 1 error", List.of(Map.of("path", "phases", "message", "is missing", "line", 3)));
            case "dodo" -> throw new WebApplicationException("There are no more dodos", 410);
            case "moved" ->
                throw new WebApplicationException(Response.status(304).build());
            case "own" ->
                throw new WebApplicationException(
                        Response.status(409).entity(Map.of("mine", true)).build());
            case "secret" -> throw new ForbiddenException("no");
            default -> order;
        };
    }

    @POST
    @Path("/webhooks/stripe")
    public Map<String, String> webhook(@HeaderParam("Authorization") String authorization) {
        return Map.of("authorization", String.valueOf(authorization));
    }
}
