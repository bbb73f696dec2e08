package dev.slipway.probe.request;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.Subject;
import dev.slipway.messaging.TraceParent;
import java.util.UUID;

/** A requested check whose lease this replica has. */
record HeldRequest(String checkId, Subject subject, UUID releaseId, TraceParent trace, Check check) {}
