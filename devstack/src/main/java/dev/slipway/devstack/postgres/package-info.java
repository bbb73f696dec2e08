/** PostgreSQL as a child process, without Docker, with its data kept between starts. */
@NullMarked
package dev.slipway.devstack.postgres;

import org.jspecify.annotations.NullMarked;
