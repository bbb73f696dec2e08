package dev.slipway.messaging;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.util.UUID;

/** New ids: UUIDs of version 7, which sort by the time they were made. */
public final class Ids {

    private static final TimeBasedEpochGenerator GENERATOR = Generators.timeBasedEpochGenerator();

    private Ids() {}

    /** A new id. */
    public static UUID next() {
        return GENERATOR.generate();
    }
}
