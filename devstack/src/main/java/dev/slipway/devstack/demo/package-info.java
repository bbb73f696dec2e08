/**
 * The demo: two releases of the target application, played as GitHub Actions, Stripe, RevenueCat and a release manager
 * play them, and shown as they go.
 */
@NullMarked
package dev.slipway.devstack.demo;

import org.jspecify.annotations.NullMarked;
