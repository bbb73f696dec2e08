package dev.slipway.release.operation;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.slipway.release.plan.Operations;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The kinds of operation there are. */
@Singleton
public class OperationCatalogue implements Operations {

    private final Map<String, Operation> operations;

    public OperationCatalogue(@All List<Operation> operations) {
        this.operations = operations.stream().collect(toUnmodifiableMap(Operation::kind, identity()));
    }

    @Override
    public Set<String> kinds() {
        return operations.keySet();
    }

    @Override
    public List<String> problems(String kind, Map<String, Object> with) {
        return of(kind).map(operation -> operation.problems(with)).orElse(List.of());
    }

    /** What an operation needs of the service's settings and does not have, one sentence each. */
    public List<String> missing(String kind, Map<String, Object> with) {
        return of(kind).map(operation -> operation.missing(with)).orElse(List.of());
    }

    /** The operation of a kind. */
    Optional<Operation> of(String kind) {
        return Optional.ofNullable(operations.get(kind));
    }
}
