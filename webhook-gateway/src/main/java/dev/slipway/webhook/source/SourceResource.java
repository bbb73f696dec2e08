package dev.slipway.webhook.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.condition.Durations;
import dev.slipway.event.EventJson;
import dev.slipway.http.Parameter;
import dev.slipway.http.Problem;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SourceSecret.Kind;
import dev.slipway.webhook.source.SourceStore.UnreadableSourceException;
import dev.slipway.webhook.source.SourceView.SourcePage;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Sets sources up, for operators. */
@Path("/api/v1/sources")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Sources")
public class SourceResource {

    /** Who changed what. */
    private static final Logger AUDIT = Logger.getLogger(SourceResource.class);

    private static final Pattern VERSION = Pattern.compile("\"([0-9]{1,18})\"");
    private static final long NO_VERSION = -1;
    private static final long DEFAULT_LIMIT = 50;
    private static final long MAX_LIMIT = 200;

    private static final ObjectReader JSON = EventJson.mapper()
            .reader()
            .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Sources sources;
    private final SourceStore store;
    private final SourceReader reader;
    private final SecretReader secretReader;
    private final SourceSetup setup;
    private final SecurityIdentity caller;
    private final UriInfo uri;
    private final Clock clock;

    public SourceResource(
            Sources sources,
            SourceStore store,
            SourceReader reader,
            SecretReader secretReader,
            SourceSetup setup,
            SecurityIdentity caller,
            UriInfo uri,
            Clock clock) {
        this.sources = sources;
        this.store = store;
        this.reader = reader;
        this.secretReader = secretReader;
        this.setup = setup;
        this.caller = caller;
        this.uri = uri;
        this.clock = clock;
    }

    @GET
    @Operation(
            summary = "Lists all sources by their names, those of the configuration too",
            description = "At most `limit` (1 to 200) items; `next` is the cursor of the following page.")
    public SourcePage list(@RestQuery Optional<String> cursor, @RestQuery Optional<String> limit) {
        var most = new Parameter("limit", limit).number(1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        var after = new Parameter("cursor", cursor).text().orElse("");
        // One more than is answered tells whether a page follows.
        var found = sources.all().stream()
                .filter(source -> source.name().compareTo(after) > 0)
                .limit(most + 1)
                .toList();
        var items = found.stream()
                .limit(most)
                .map(source -> view(source, url(source), Optional.empty(), Map.of()))
                .toList();
        return new SourcePage(
                items, found.size() > most ? Optional.of(items.getLast().name()) : Optional.empty());
    }

    @GET
    @Path("/{name}")
    @Operation(
            summary = "Shows a source, and how to set it up at its sender",
            description = "No secret is shown. The ETag is for the If-Match of a change.")
    public Response show(@RestPath String name) {
        return answer(Status.OK, require(name), Optional.empty()).build();
    }

    @POST
    @RolesAllowed(Roles.SOURCES)
    @Operation(
            summary = "Sets a source up",
            description =
                    "{name, scheme, application, environment, secrets, tolerance, options, largestBody, rateLimit, senderRateLimit, retention, dedupeWindow, forwardTo}; only name and scheme must be there. A secret is a text, or {value, expiresAt}, {env, expiresAt} or {file, expiresAt}. Until it has one, its URL answers 503.")
    public Response create(String body) {
        var draft = reader.read(json(body));
        requireNotConfigured(draft.settings().name());
        var created = store.create(draft);
        var name = created.source().name();
        changed("set up", name);
        return answer(
                        Status.CREATED,
                        created.source(),
                        draft.secrets().flatMap(SourceResource::firstText),
                        created.made())
                .location(URI.create("/api/v1/sources/" + name))
                .build();
    }

    @PUT
    @RolesAllowed(Roles.SOURCES)
    @Path("/{name}")
    @Operation(
            summary = "Puts another description in a source's place",
            description =
                    "The form is that of POST, and that of GET: what cannot be changed is ignored. Without secrets they stay as they are; else {id, expiresAt} keeps one, and what is not mentioned is deleted. With If-Match only the version of that ETag is changed.")
    public Response replace(
            @RestPath String name, @RestHeader(HttpHeaders.IF_MATCH) Optional<String> ifMatch, String body) {
        var json = json(body);
        if (json instanceof ObjectNode object && !object.has("name")) {
            object.put("name", name);
        }
        var draft = reader.read(json);
        if (!draft.settings().name().equals(name)) {
            throw new InvalidSourceException(
                    List.of(new SourceError("name", "cannot change; set up another source, and delete this one")));
        }
        requireNotConfigured(name);
        var replaced = store.replace(draft, version(ifMatch));
        changed("changed", name);
        return answer(Status.OK, replaced.source(), Optional.empty(), replaced.made())
                .build();
    }

    @DELETE
    @RolesAllowed(Roles.SOURCES)
    @Path("/{name}")
    @Operation(
            summary = "Deletes a source and its secrets",
            description = "Its URL answers 404 then. Its deliveries stay.")
    public void delete(@RestPath String name, @RestHeader(HttpHeaders.IF_MATCH) Optional<String> ifMatch) {
        requireNotConfigured(name);
        store.delete(name, version(ifMatch));
        changed("deleted", name);
    }

    @POST
    @RolesAllowed(Roles.SOURCES)
    @Path("/{name}/secrets")
    @Operation(
            summary = "Adds a secret",
            description =
                    "{value, expireOthersIn}, with env or file instead of value, and expiresAt. The others go on to count for as long as expireOthersIn says (24h), or as they did. Secrets that have expired are deleted.")
    public Response addSecret(
            @RestPath String name, @RestHeader(HttpHeaders.IF_MATCH) Optional<String> ifMatch, String body) {
        requireNotConfigured(name);
        var scheme = require(name).scheme();
        var errors = new ArrayList<SourceError>();
        var fields = new Fields(json(body), "", errors);
        var expireOthersIn = fields.read("expireOthersIn", Durations::parse);
        var secret = secretReader.read(fields, Optional.of(scheme));
        fields.close();
        if (secret.isPresent() && !(secret.get() instanceof Added)) {
            fields.error("id", "is of a secret that there is; add another");
        }
        if (!errors.isEmpty()) {
            throw new InvalidSourceException(errors);
        }
        var source = store.add(name, (Added) secret.orElseThrow(), expireOthersIn, version(ifMatch));
        changed("gave a secret to", name);
        return answer(Status.CREATED, source, Optional.empty()).build();
    }

    @DELETE
    @RolesAllowed(Roles.SOURCES)
    @Path("/{name}/secrets/{id}")
    @Operation(summary = "Deletes a secret, unless it is the only one")
    public void removeSecret(
            @RestPath String name, @RestPath String id, @RestHeader(HttpHeaders.IF_MATCH) Optional<String> ifMatch) {
        requireNotConfigured(name);
        store.remove(name, secretId(name, id), version(ifMatch));
        changed("took a secret from", name);
    }

    @ServerExceptionMapper
    Response invalid(InvalidSourceException e) {
        return problem(ProblemException.invalid(
                "Nothing was changed, because %d thing(s) are wrong; the first: %s"
                        .formatted(e.errors().size(), e.errors().getFirst()),
                e.errors()));
    }

    @ServerExceptionMapper
    Response unreadable(UnreadableSourceException e) {
        return problem(ProblemException.conflict(String.valueOf(e.getMessage())));
    }

    private static Response problem(ProblemException e) {
        return Response.status(e.problem().status())
                .type(Problem.MEDIA_TYPE)
                .entity(e.problem())
                .build();
    }

    private Source require(String name) {
        return sources.find(name)
                .orElseThrow(() -> sources.problem(name)
                        .map(ProblemException::conflict)
                        .orElseGet(() -> SourceStore.notFound(name)));
    }

    private ResponseBuilder answer(Status status, Source source, Optional<String> secret) {
        return answer(status, source, secret, Map.of());
    }

    private ResponseBuilder answer(Status status, Source source, Optional<String> secret, Map<String, String> made) {
        var url = setup.url(source, uri.getBaseUri(), secret);
        var steps = setup.steps(source, url);
        var answer = Response.status(status).entity(view(source, url, Optional.of(steps), made));
        return source.origin() instanceof Origin.Api api ? answer.tag(Long.toString(api.version())) : answer;
    }

    private SourceView view(Source source, String url, Optional<List<String>> steps, Map<String, String> made) {
        Function<Endpoint, URI> endpointUrl = caller.hasRole(Roles.SOURCES) ? Endpoint::url : Endpoint::maskedUrl;
        return SourceView.of(source, url, steps, made, endpointUrl, clock.instant());
    }

    private String url(Source source) {
        return setup.url(source, uri.getBaseUri(), Optional.empty());
    }

    /** After the change is made: this replica knows at once, the others within a second. */
    private void changed(String how, String name) {
        sources.refresh();
        AUDIT.infof("%s %s the source %s", caller.getPrincipal().getName(), how, name);
    }

    private void requireNotConfigured(String name) {
        sources.find(name).ifPresent(source -> {
            if (source.origin() instanceof Origin.Configuration(String where)) {
                throw ProblemException.conflict(
                        "The source '%s' is configured by %s; change it there, and start the gateway again"
                                .formatted(name, where));
            }
        });
    }

    private static Optional<String> firstText(List<SecretDraft> secrets) {
        return secrets.stream()
                .filter(secret -> secret instanceof Added(Content content, var _) && content.kind() == Kind.STORED)
                .map(secret -> ((Added) secret).content().text())
                .findFirst();
    }

    /** The version that must be the present one; any, if nothing or {@code *} is said. */
    private static Optional<Long> version(Optional<String> ifMatch) {
        return ifMatch.map(String::strip).filter(tag -> !tag.equals("*")).map(tag -> {
            var version = VERSION.matcher(tag);
            return version.matches() ? Long.parseLong(version.group(1)) : NO_VERSION;
        });
    }

    private static UUID secretId(String name, String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("The source '%s' has no secret %s".formatted(name, id));
        }
    }

    /** What Jackson says of broken JSON would show a part of it, which may be a secret. */
    private static JsonNode json(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw ProblemException.badRequest(
                    "The body is not JSON: look at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr()));
        }
    }
}
