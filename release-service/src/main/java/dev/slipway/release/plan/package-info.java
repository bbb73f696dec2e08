/** The runbook as YAML: what a plan says, how it is read and checked, where its versions are kept. */
@NullMarked
package dev.slipway.release.plan;

import org.jspecify.annotations.NullMarked;
