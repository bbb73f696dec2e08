package dev.slipway.release.plan;

/**
 * Names a step: {@code migration.upgrade}.
 *
 * @param phase the phase it stands in; {@link Plan#ROLLBACK} for a step of the way back
 */
public record StepRef(String phase, String step) {

    @Override
    public String toString() {
        return phase + "." + step;
    }
}
