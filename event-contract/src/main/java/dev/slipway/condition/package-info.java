/**
 * What a check expects of an answer, one line a person can read: {@code [STATUS] == 200}. The language is <a
 * href="https://github.com/TwiN/gatus#conditions">Gatus's</a>; see {@link dev.slipway.condition.Condition}.
 */
@NullMarked
package dev.slipway.condition;

import org.jspecify.annotations.NullMarked;
