package dev.slipway.http;

import io.quarkus.security.credential.Credential;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.mutiny.Uni;
import java.security.Permission;
import java.security.Principal;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A caller that showed a token.
 *
 * @param principal the token's name
 * @param roles {@link #EVERY} stands for all, also for those that only a plan knows
 */
record TokenIdentity(Principal principal, Set<String> roles) implements SecurityIdentity {

    static final String EVERY = "*";

    TokenIdentity {
        roles = Set.copyOf(roles);
    }

    @Override
    public boolean hasRole(String role) {
        return roles.contains(role) || roles.contains(EVERY);
    }

    @Override
    public Principal getPrincipal() {
        return principal;
    }

    @Override
    public Set<String> getRoles() {
        return roles;
    }

    @Override
    public boolean isAnonymous() {
        return false;
    }

    @Override
    public Set<Permission> getPermissions() {
        return Set.of();
    }

    @Override
    public Uni<Boolean> checkPermission(Permission permission) {
        return Uni.createFrom().item(false);
    }

    @Override
    public <T extends Credential> @Nullable T getCredential(Class<T> type) {
        return null;
    }

    @Override
    public Set<Credential> getCredentials() {
        return Set.of();
    }

    @Override
    public <T> @Nullable T getAttribute(String name) {
        return null;
    }

    @Override
    public Map<String, Object> getAttributes() {
        return Map.of();
    }
}
