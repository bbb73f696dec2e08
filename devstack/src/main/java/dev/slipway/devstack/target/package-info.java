/** The demo's target application: what a release deploys, migrates, checks and rolls back. */
@NullMarked
package dev.slipway.devstack.target;

import org.jspecify.annotations.NullMarked;
