package dev.slipway.release.description;

import dev.slipway.http.Idempotency;
import dev.slipway.http.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem.HttpMethod;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.eclipse.microprofile.openapi.models.parameters.Parameter.In;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Gives the description of the API, at {@code /openapi}, what a call looks like and how it is answered: from
 * {@code api-examples.yaml}, by method and path, {@code request} or status, and media type. And the key by which a call
 * that changes something may be repeated.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class Examples implements OASFilter {

    private static final String FILE = "/api-examples.yaml";
    private static final String REQUEST = "request";
    private static final String KEY = "Idempotency-Key";
    /** As quarkus.smallrye-openapi.security-scheme-name says. */
    private static final String TOKEN = "token";

    @Override
    public void filterOpenAPI(OpenAPI api) {
        read().forEach((call, examples) -> {
            var method = HttpMethod.valueOf(call.substring(0, call.indexOf(' ')));
            var path = call.substring(call.indexOf(' ') + 1);
            var operation = Optional.ofNullable(api.getPaths().getPathItem(path))
                    .map(item -> item.getOperations().get(method))
                    .orElseThrow(() -> new IllegalStateException(
                            "%s has an example of %s, which is no call of the API".formatted(FILE, call)));
            describe(operation, examples);
            // Validating changes nothing.
            if (method == HttpMethod.POST && !path.endsWith("/validate")) {
                describeKey(operation);
            }
        });
    }

    private static void describeKey(Operation operation) {
        var others = Optional.ofNullable(operation.getParameters()).orElse(List.of()).stream()
                .filter(parameter -> !KEY.equals(parameter.getName()));
        var key = OASFactory.createParameter()
                .name(KEY)
                .in(In.HEADER)
                .description("Makes the call harmless when it is repeated: with the same key and the same body it is "
                        + "carried out once, and answered alike; with another body it is answered 422")
                .schema(OASFactory.createSchema()
                        .addType(SchemaType.STRING)
                        .minLength(1)
                        .maxLength(Idempotency.MAX_KEY_LENGTH));
        operation.setParameters(Stream.concat(others, Stream.of(key)).toList());
    }

    private static void describe(Operation operation, Map<String, Map<String, Object>> examples) {
        var responses = OASFactory.createAPIResponses();
        examples.forEach((key, byType) -> {
            if (key.equals(REQUEST)) {
                operation.setRequestBody(
                        OASFactory.createRequestBody().required(true).content(content(byType)));
            } else {
                var known = Optional.ofNullable(operation.getResponses().getAPIResponse(key))
                        .orElseGet(() -> OASFactory.createAPIResponse().description("OK"));
                var schemas = Optional.ofNullable(known.getContent()).orElseGet(OASFactory::createContent);
                var content = content(byType);
                content.getMediaTypes()
                        .forEach((type, media) -> Optional.ofNullable(schemas.getMediaType(type))
                                .ifPresent(it -> media.schema(it.getSchema())));
                responses.addAPIResponse(key, known.content(content));
            }
        });
        responses.setDefaultValue(problem());
        if (Optional.ofNullable(operation.getSecurity()).orElse(List.of()).isEmpty()) {
            // One that needs a role says so already.
            operation.addSecurityRequirement(
                    OASFactory.createSecurityRequirement().addScheme(TOKEN));
        }
        operation.setResponses(responses);
    }

    private static Content content(Map<String, Object> byType) {
        var content = OASFactory.createContent();
        byType.forEach((type, example) -> content.addMediaType(
                type,
                OASFactory.createMediaType()
                        .schema(OASFactory.createSchema()
                                .addType(example instanceof String ? SchemaType.STRING : SchemaType.OBJECT))
                        .example(example)));
        return content;
    }

    private static APIResponse problem() {
        return OASFactory.createAPIResponse()
                .description("What went wrong, and what to do about it: a problem as RFC 9457 has it")
                .content(content(Map.of(
                        Problem.MEDIA_TYPE,
                        Map.of(
                                "type", "about:blank",
                                "title", "Conflict",
                                "status", 409,
                                "detail", "The release is RUNNING, so it cannot be resumed"))));
    }

    @SuppressWarnings("unchecked") // What is not of this form does not pass the build.
    private static Map<String, Map<String, Map<String, Object>>> read() {
        try (var file = Objects.requireNonNull(Examples.class.getResourceAsStream(FILE))) {
            return (Map<String, Map<String, Map<String, Object>>>)
                    new Load(LoadSettings.builder().build()).loadFromInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(FILE + " cannot be read", e);
        }
    }
}
