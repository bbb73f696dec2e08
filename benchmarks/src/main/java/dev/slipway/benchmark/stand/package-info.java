/** What every benchmark needs: the system as {@code ./slipway} starts it, in a folder and on ports of its own, and a table. */
@NullMarked
package dev.slipway.benchmark.stand;

import org.jspecify.annotations.NullMarked;
